import type { AccessTokenClaims } from '@countersign/tokens';
import { hasMethods } from '../has-methods.ts';

/** A token that has passed every rule except expiry and revocation, which are judged anew for each request. */
export interface VerifiedToken {
  readonly kid: string;
  readonly claims: AccessTokenClaims;
}

export interface RevocationStats {
  /** How many revoked ids are remembered. */
  readonly size: number;
  /** Time since Redis last answered while the list was complete; `null` before the first time. */
  readonly answerAgeSeconds: number | null;
  /** Time since the auth service's last heartbeat; `null` before the first one. */
  readonly heartbeatAgeSeconds: number | null;
  /** Time from when Redis accepted the newest entry until it took effect here, by the clocks of both machines; `null` before the first. */
  readonly entryDelaySeconds: number | null;
  /** Whether the list is known to be complete. */
  readonly inSync: boolean;
}

/**
 * What a verifier knows about revocation. A view in memory answers at once; one over a database may return a promise. A call that throws or
 * rejects is answered with 503 `unavailable`.
 */
export interface RevocationView {
  /** Whether everything that this key has signed is revoked. Asked before any crypto. */
  isKidRevoked(kid: string): boolean | Promise<boolean>;
  /** Whether this token is revoked: by its `jti`, `sid`, `client_id` or `kid`. */
  isRevoked(token: VerifiedToken): boolean | Promise<boolean>;
  /**
   * Increases whenever something is added: a token that wasn't revoked stays so while this is unchanged. Only a view in memory can offer
   * it; without it the view is asked about every token, every time.
   */
  revision?(): number;
  /** `false`: the view is staler than allowed, and tokens that it doesn't hold may still be revoked. */
  isFresh(): boolean;
  /** `null` when ready, else a sentence for `/readyz`. */
  notReady(): string | null;
  /** For metrics; absent in a view that isn't kept in memory. */
  stats?(): RevocationStats;
  /** Registers a listener that is called once for each key that was killed. */
  onKidRevoked?(listener: (kid: string) => void): void;
}

/** By its methods: a view of your own may have a `redis`, too. */
export function isRevocationView(value: unknown): value is RevocationView {
  return hasMethods(value, 'isKidRevoked', 'isRevoked', 'isFresh', 'notReady');
}
