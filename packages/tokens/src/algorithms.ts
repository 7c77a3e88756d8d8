/**
 * The signing algorithms that a Countersign token may use (RFC 7518, RFC 8037), each with one kind of key. A verifier
 * never lets a token choose: the header's `alg` must be the key's own algorithm.
 */
export const SIGNING_ALGS = ['EdDSA', 'ES256', 'RS256'] as const;

export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** Whether this is one of {@link SIGNING_ALGS}, compared exactly. */
export function isSigningAlg(value: unknown): value is SigningAlg {
  return SIGNING_ALGS.includes(value as SigningAlg);
}

/** Bits of an RSA modulus; fewer would fall below the 128-bit security that ASVS 11.2.3 requires. */
export const RSA_MODULUS_BITS = 3072;
