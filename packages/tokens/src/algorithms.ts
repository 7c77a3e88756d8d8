/**
 * The signing algorithms that a Countersign token may have (RFC 7518, RFC 8037), each with the one kind of key
 * that belongs to it. A verifier never lets a token choose: the key's own algorithm must be the header's.
 */
export const SIGNING_ALGS = ['EdDSA', 'ES256', 'RS256'] as const;

export type SigningAlg = (typeof SIGNING_ALGS)[number];

export function isSigningAlg(value: unknown): value is SigningAlg {
  return SIGNING_ALGS.includes(value as SigningAlg);
}

/** Bits of an RSA modulus; fewer would fall under the 128-bit security that ASVS 11.2.3 asks for. */
export const RSA_MODULUS_BITS = 3072;
