import { isSigningAlg, RSA_MODULUS_BITS, type SigningAlg } from './algorithms.ts';

interface PublishedKey {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly use: 'sig';
}

/** A public key as the auth service publishes it (RFC 7517, RFC 8037). */
export type PublicJwk =
  | (PublishedKey & { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string })
  | (PublishedKey & { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string })
  | (PublishedKey & { readonly kty: 'RSA'; readonly n: string; readonly e: string });

/** A JWK Set (RFC 7517, section 5) as the auth service publishes it. */
export interface Jwks {
  readonly keys: readonly PublicJwk[];
  /**
   * The `kid`s of keys that used to be published, the newest last; at most `MAX_RETIRED_KIDS`, without the oldest; absent when there are
   * none. They tell a verifier an old token, which its client should refresh, from one that was never good. A member of our own, not from
   * the RFC.
   */
  readonly retired_kids?: readonly string[];
}

/** Enough for years of rotations, and a small part of the largest JWKS that a verifier reads. */
export const MAX_RETIRED_KIDS = 1000;

/** The fewest base64url characters of an RSA modulus. */
const RSA_MODULUS_CHARACTERS = Math.ceil((RSA_MODULUS_BITS / 8) * (4 / 3));

/** The fewest of an exponent, which has three bytes: 65537 is the smallest that is not weak (FIPS 186-5, section A.1.1). */
const RSA_EXPONENT_CHARACTERS = 4;

/**
 * The keys of a JWKS document that a verifier can use: those with a `kid`, and with a known `alg` and its key type, that are meant for
 * signatures. Others are ignored (RFC 7517, section 5); of two keys with the same `kid` neither is used.
 *
 * @param document - the parsed JSON, of unknown shape
 * @returns the usable keys, or `null` when the document isn't a JWKS at all
 */
export function parseJwks(document: unknown): PublicJwk[] | null {
  if (typeof document !== 'object' || document === null) return null;
  const { keys } = document as { keys?: unknown };
  if (!Array.isArray(keys)) return null;
  const usable = keys.map(parsePublicJwk).filter((key) => key !== null);
  const counts = Map.groupBy(usable, (key) => key.kid);
  return usable.filter((key) => counts.get(key.kid)?.length === 1);
}

/** The `retired_kids` of a JWKS document of unknown shape: the newest `MAX_RETIRED_KIDS`, without those that aren't strings. */
export function parseRetiredKids(document: unknown): string[] {
  const { retired_kids: kids } = (document ?? {}) as { retired_kids?: unknown };
  return Array.isArray(kids) ? kids.slice(-MAX_RETIRED_KIDS).filter((kid) => typeof kid === 'string') : [];
}

function parsePublicJwk(value: unknown): PublicJwk | null {
  if (typeof value !== 'object' || value === null) return null;
  const jwk = value as Record<string, unknown>;
  const { kid, alg } = jwk;
  if (typeof kid !== 'string' || kid === '' || !isSigningAlg(alg)) return null;
  if (jwk.use !== undefined && jwk.use !== 'sig') return null;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return null;
  const published = { kid, alg, use: 'sig' } as const;
  switch (alg) {
    case 'EdDSA':
      return jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && isBase64url(jwk.x)
        ? { ...published, kty: 'OKP', crv: 'Ed25519', x: jwk.x }
        : null;
    case 'ES256':
      return jwk.kty === 'EC' && jwk.crv === 'P-256' && isBase64url(jwk.x) && isBase64url(jwk.y)
        ? { ...published, kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y }
        : null;
    case 'RS256':
      return jwk.kty === 'RSA' && isUint(jwk.n, RSA_MODULUS_CHARACTERS) && isUint(jwk.e, RSA_EXPONENT_CHARACTERS)
        ? { ...published, kty: 'RSA', n: jwk.n, e: jwk.e }
        : null;
  }
}

function isBase64url(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]+$/.test(value);
}

/**
 * A base64url integer of at least `characters`. Leading zero bytes, which RFC 7518, section 2, forbids, would make a short one look long.
 */
function isUint(value: unknown, characters: number): value is string {
  return isBase64url(value) && value.length >= characters && !/^A[A-P]/.test(value);
}
