import type { AccessTokenClaims } from '@countersign/tokens';

/** A token that has passed every rule but time and revocation. */
export interface VerifiedToken {
  readonly kid: string;
  readonly claims: AccessTokenClaims;
}

export interface RevocationStats {
  /** Ids that are remembered. */
  readonly size: number;
  /** Since Redis last answered while the list was whole; `null` before the first time. */
  readonly answerAgeSeconds: number | null;
  /** Since the auth service's last heartbeat; `null` before the first one. */
  readonly heartbeatAgeSeconds: number | null;
  /** From the moment Redis took the newest entry until it counted here, by the clocks of both machines. */
  readonly entryDelaySeconds: number | null;
  readonly inSync: boolean;
}

/** What a verifier knows of revocation. A view in memory answers at once; one over a database may answer later. */
export interface RevocationView {
  /** Was everything that this key has signed revoked? Asked before any crypto. */
  isKidRevoked(kid: string): boolean | Promise<boolean>;
  isRevoked(token: VerifiedToken): boolean | Promise<boolean>;
  /**
   * Grows whenever something was added: a token that wasn't revoked is not revoked while this stays. Only a view in memory
   * can tell; without it the view is asked about every token, every time.
   */
  revision?(): number;
  /** `false`: the view is older than is allowed, and what it doesn't hold may be revoked all the same. */
  isFresh(): boolean;
  /** `null` when ready, else a sentence for `/readyz`. */
  notReady(): string | null;
  /** For metrics; a view that isn't kept in memory has none. */
  stats?(): RevocationStats;
  /** Told once of each key that was killed. */
  onKidRevoked?(listener: (kid: string) => void): void;
}
