import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { RSA_MODULUS_BITS } from '@countersign/tokens';

/** Algorithms for client assertions. `Ed25519` is RFC 9864's name for the only EdDSA accepted here. */
export const ASSERTION_ALGS = ['EdDSA', 'Ed25519', 'ES256', 'RS256'] as const;

export type AssertionAlg = (typeof ASSERTION_ALGS)[number];

export function isAssertionAlg(value: unknown): value is AssertionAlg {
  return ASSERTION_ALGS.includes(value as AssertionAlg);
}

/** A client's public key and the names of its one algorithm: EdDSA has two. */
export interface ClientKey {
  readonly publicKey: KeyObject;
  readonly kid: string | null;
  readonly algs: readonly AssertionAlg[];
  /** The hash to verify with; `null` for Ed25519, which has its own. */
  readonly digest: 'sha256' | null;
}

export function clientKeys(jwks: { readonly keys: readonly unknown[] } | null, header: { alg: AssertionAlg; kid: unknown }): ClientKey[] {
  const keys = (jwks?.keys ?? []).map(parseClientKey).filter((key) => key !== null);
  return keys.filter((key) => key.algs.includes(header.alg) && (header.kid === undefined || key.kid === null || key.kid === header.kid));
}

/**
 * Parses a key that a client registers (RFC 7517): a public key for signatures, Ed25519, P-256, or RSA of 3072 to 8192 bits. `alg` and
 * `kid` are optional, since a client has few keys.
 *
 * @returns null when it can't be used
 */
export function parseClientKey(jwk: unknown): ClientKey | null {
  if (typeof jwk !== 'object' || jwk === null) return null;
  const { kty, crv, alg, kid, d } = jwk as JsonWebKey & { alg?: unknown; kid?: unknown };
  if (d !== undefined || !isForSignatures(jwk) || (kid !== undefined && typeof kid !== 'string')) return null;
  const algs = algsOf(kty, crv);
  if (algs === null || (alg !== undefined && !algs.some((known) => known === alg))) return null;
  const publicKey = importPublicKey(jwk);
  if (publicKey === null || !isStrongAndQuick(publicKey)) return null;
  return { publicKey, kid: kid ?? null, algs, digest: kty === 'OKP' ? null : 'sha256' };
}

/** Whether `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3), if present, allow verifying signatures. */
function isForSignatures({ use, key_ops: operations }: { use?: unknown; key_ops?: unknown }): boolean {
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

function algsOf(kty: unknown, crv: unknown): readonly AssertionAlg[] | null {
  if (kty === 'OKP' && crv === 'Ed25519') return ['EdDSA', 'Ed25519'];
  if (kty === 'EC' && crv === 'P-256') return ['ES256'];
  return kty === 'RSA' ? ['RS256'] : null;
}

function importPublicKey(jwk: object): KeyObject | null {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return null;
  }
}

/**
 * With an exponent of 1 anyone could forge a signature; 65537 is the smallest that is not weak (FIPS 186-5, section A.1.1). With the
 * largest that OpenSSL takes, a check costs the main thread 6 ms, and anyone can ask for one: hence upper limits, here and on the modulus.
 */
const RSA_EXPONENTS = { least: 65_537n, greatest: 0xffff_ffffn };
const RSA_MOST_MODULUS_BITS = 8192;

function isStrongAndQuick(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return true;
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  const hasGoodExponent = exponent >= RSA_EXPONENTS.least && exponent <= RSA_EXPONENTS.greatest && exponent % 2n === 1n;
  return hasGoodExponent && bits >= RSA_MODULUS_BITS && bits <= RSA_MOST_MODULUS_BITS;
}
