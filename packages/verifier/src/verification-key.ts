import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicJwk, SigningAlg } from '@countersign/tokens';

/** A public key, parsed once, that checks signatures of its own algorithm and no other. */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: SigningAlg;
  /** SubjectPublicKeyInfo; what @fastify/jwt is given. */
  readonly pem: string;
  verify(signingInput: Buffer, signature: Buffer): boolean;
}

/** The other members are for the crypto library to judge. */
type Jwk = Pick<PublicJwk, 'kid' | 'alg'>;

/** Builds the key, or returns `null` when it isn't a usable one, such as a point that is not on its curve. */
export function createVerificationKey(jwk: Jwk): VerificationKey | null {
  const key = parseKey(jwk);
  if (key === null) return null;
  const check = SIGNATURE_CHECKS[jwk.alg];
  return {
    kid: jwk.kid,
    alg: jwk.alg,
    pem: key.export({ format: 'pem', type: 'spki' }).toString(),
    verify: (signingInput, signature) => check(signingInput, key, signature),
  };
}

function parseKey(jwk: Jwk): KeyObject | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return null;
  }
}

/** RFC 7518, sections 3.3 and 3.4, and RFC 8037, section 3.1. ES256 signatures are r and s side by side, 32 bytes each. */
const SIGNATURE_CHECKS: Record<SigningAlg, (signed: Buffer, key: KeyObject, signature: Buffer) => boolean> = {
  EdDSA: (signed, key, signature) => verify(null, signed, key, signature),
  ES256: (signed, key, signature) => signature.length === 64 && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
  RS256: (signed, key, signature) => verify('sha256', signed, key, signature),
};
