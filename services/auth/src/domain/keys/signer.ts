import type { AccessTokenClaims } from '@countersign/tokens';

export interface Signer {
  readonly kid: string;
  sign(claims: AccessTokenClaims): string;
}

/** Auth's own signing keys; the same keyring verifies tokens inside auth. */
export interface SigningKeys {
  current(): Signer | Promise<Signer>;
}
