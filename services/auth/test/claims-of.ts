import type { AccessTokenClaims } from '@countersign/tokens';

/** The claims of an access token, unverified: tests look at what was put in. */
export function claimsOf(accessToken: unknown): AccessTokenClaims {
  const [, payload = ''] = String(accessToken).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as AccessTokenClaims;
}
