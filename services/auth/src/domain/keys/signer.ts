import type { AccessTokenClaims } from '@countersign/tokens';

/** The key that signs now. */
export interface Signer {
  readonly kid: string;
  sign(claims: AccessTokenClaims): string;
}

/** Auth's own signing keys. What verifies its tokens inside auth comes from the same place. */
export interface SigningKeys {
  current(): Signer | Promise<Signer>;
}
