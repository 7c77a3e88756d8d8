import { Problem } from '@countersign/problems';
import {
  ACCESS_TOKEN_TYP,
  type AccessTokenClaims,
  type CompactToken,
  hasAudience,
  MAX_ACCESS_TOKEN_TTL_SECONDS,
  type SigningAlg,
} from '@countersign/tokens';
import type { VerificationKey } from '../keys/verification-key.ts';
import { parseClaims } from './claims.ts';
import type { SignatureCheck } from './signature-check.ts';

export interface AccessTokenRules {
  readonly issuer: string;
  /** A token must be for one of these; `null` accepts any, and leaves the audience to the caller. */
  readonly audience: readonly string[] | null;
  readonly algorithms: readonly SigningAlg[];
  readonly clockToleranceSeconds: number;
}

/** Header members with which a token would bring its own key or its own rules (RFC 7515, section 4.1). */
const REFUSED_HEADERS = ['crit', 'jwk', 'jku', 'x5u', 'x5c'];

/** Judges the header alone, before any crypto. The order is fixed: the first rule that fails names the refusal; `null` when none does. */
export function judgeHeader({ header }: CompactToken, rules: AccessTokenRules): Problem | null {
  if (header.typ !== ACCESS_TOKEN_TYP) return invalid(`typ must be ${ACCESS_TOKEN_TYP}.`);
  if (!(rules.algorithms as readonly unknown[]).includes(header.alg)) return invalid('This alg is not accepted here.');
  if (typeof header.kid !== 'string') return invalid('The header has no kid.');
  const refused = REFUSED_HEADERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) return invalid(`The header must not have ${refused}.`);
  return null;
}

/** Checks the signature and every claim whose verdict does not change with time; returns frozen claims or the refusal. */
export async function verifyAccessToken(
  token: CompactToken,
  key: VerificationKey,
  rules: AccessTokenRules,
  checkSignature: SignatureCheck,
): Promise<AccessTokenClaims | Problem> {
  if (token.header.alg !== key.alg) return invalid("The alg is not the key's algorithm.");
  if (!(await checkSignature(key, token))) return invalid('The signature is not valid.');
  return judgeClaims(token, rules);
}

function judgeClaims({ payload }: CompactToken, rules: AccessTokenRules): AccessTokenClaims | Problem {
  if (payload.iss !== rules.issuer) return invalid('The token was issued by another issuer.');
  const claims = parseClaims(payload);
  if (typeof claims === 'string') return invalid(claims);
  if (claims.exp - claims.iat > MAX_ACCESS_TOKEN_TTL_SECONDS)
    return invalid(`The life of the token, from iat to exp, is longer than ${MAX_ACCESS_TOKEN_TTL_SECONDS} s.`);
  const latest = Date.now() / 1000 + rules.clockToleranceSeconds;
  if (Math.max(claims.iat, claims.nbf ?? 0) > latest) return invalid('The token is not valid yet: its iat or nbf is in the future.');
  if (rules.audience !== null && !hasAudience(claims, rules.audience)) return new Problem('token_wrong_audience');
  return claims;
}

function invalid(detail: string): Problem {
  return new Problem('token_invalid', { detail });
}
