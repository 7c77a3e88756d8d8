import type { AccessTokenClaims } from '@countersign/tokens';

/** A token that has passed every rule but time and revocation. */
export interface VerifiedToken {
  readonly kid: string;
  readonly claims: AccessTokenClaims;
}

/** What a verifier knows of revocation. A view in memory answers at once; one over a database may answer later. */
export interface RevocationView {
  /** Was everything that this key has signed revoked? Asked before any crypto. */
  isKidRevoked(kid: string): boolean | Promise<boolean>;
  isRevoked(token: VerifiedToken): boolean | Promise<boolean>;
  /** `false`: the view is older than is allowed, and what it doesn't hold may be revoked all the same. */
  isFresh(): boolean;
  /** `null` when ready, else a sentence for `/readyz`. */
  notReady(): string | null;
  /** Told once of each key that was killed. */
  onKidRevoked?(listener: (kid: string) => void): void;
}
