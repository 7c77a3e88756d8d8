import { createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { isSigningAlg, type PublicJwk, type SigningAlg } from '@countersign/tokens';

/** A public key, parsed once, that checks signatures of its own algorithm only. */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: SigningAlg;
  /** SubjectPublicKeyInfo, for @fastify/jwt. */
  readonly pem: string;
  verify(signingInput: Buffer, signature: Buffer): boolean;
  /** The same on one of libuv's threads: a sixth more CPU in total, a tenth of it on this thread (docs/decisions/11). */
  verifyAside(signingInput: Buffer, signature: Buffer): Promise<boolean>;
}

/** Only the members read here; `createPublicKey` checks the others. */
type Jwk = Pick<PublicJwk, 'kid' | 'alg'>;

/** Parses the key; `null` when it can't be used: its point is not on the curve or, where types don't hold, its algorithm is another one. */
export function createVerificationKey(jwk: Jwk): VerificationKey | null {
  const key = isSigningAlg(jwk.alg) ? parseKey(jwk) : null;
  if (key === null) return null;
  const { digest, options, bytes } = SIGNATURES[jwk.alg];
  const input = options === undefined ? key : { key, ...options }; // an object costs 10 µs more
  const isPossible = (signature: Buffer) => bytes === undefined || signature.length === bytes;
  return {
    kid: jwk.kid,
    alg: jwk.alg,
    pem: key.export({ format: 'pem', type: 'spki' }).toString(),
    verify: (signingInput, signature) => isPossible(signature) && verify(digest, signingInput, input, signature),
    verifyAside: async (signingInput, signature) => isPossible(signature) && (await verifyInPool(digest, signingInput, input, signature)),
  };
}

function parseKey(jwk: Jwk): KeyObject | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return null;
  }
}

interface SignatureForm {
  readonly digest: 'sha256' | null;
  readonly options?: { readonly dsaEncoding: 'ieee-p1363' };
  readonly bytes?: number;
}

/** RFC 7518, sections 3.3 and 3.4, and RFC 8037, section 3.1. ES256 signatures are r and s side by side, 32 bytes each. */
const SIGNATURES: Record<SigningAlg, SignatureForm> = {
  EdDSA: { digest: null },
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' }, bytes: 64 },
  RS256: { digest: 'sha256' },
};

const verifyInPool = promisify<string | null, Buffer, KeyObject | VerifyKeyObjectInput, Buffer, boolean>(verify);
