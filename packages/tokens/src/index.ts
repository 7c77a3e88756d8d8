export { isSigningAlg, RSA_MODULUS_BITS, SIGNING_ALGS, type SigningAlg } from './algorithms.ts';
export {
  ACCESS_TOKEN_TYP,
  type AccessTokenClaims,
  type Actor,
  DEFAULT_AUDIENCE,
  FIRST_PARTY_CLIENT_ID,
  hasAudience,
  MAX_ACCESS_TOKEN_TTL_SECONDS,
  MAX_TOKEN_BYTES,
  serviceAudience,
} from './claims.ts';
export { type CompactToken, parseCompactToken } from './compact-token.ts';
export { ACCESS_COOKIE, CSRF_COOKIE, CSRF_HEADER, REFRESH_COOKIE, SAFE_METHODS } from './cookies.ts';
export { type Jwks, MAX_RETIRED_KIDS, type PublicJwk, parseJwks, parseRetiredKids } from './jwks.ts';
export {
  CLOCK_MARGIN_SECONDS,
  encodeRevocation,
  HEARTBEAT_KIND,
  parseRevocation,
  REVOCATION_EPOCH_KEY,
  REVOCATION_STREAM_KEY,
  REVOCATION_STREAM_SECONDS,
  type RevocationEntry,
  type RevocationKind,
  revokedKey,
} from './revocations.ts';
export { formatScope, hasScope, narrowScopes, parseScope, SCOPE_NAME_PATTERN, SCOPE_PATTERN } from './scopes.ts';
