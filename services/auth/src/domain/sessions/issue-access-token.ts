import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE, type AccessTokenClaims, MAX_TOKEN_BYTES } from '@countersign/tokens';
import type { AccessTokenTerms, IssuedAccessToken } from '../access-token.ts';
import { createId } from '../identifiers.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { audienceClaim } from '../resource.ts';
import { signingTime } from '../revocation/not-before.ts';
import type { LiveSession } from './session.ts';
import { grantedScope } from './session-scope.ts';

/** Name and value together; browsers silently drop a longer one (RFC 6265bis, section 5.6). */
const MAX_COOKIE_BYTES = 4096;

/**
 * Signs an access token for a session (RFC 9068). It expires with the session at the latest, but lives at least a second. Waits, at most a
 * second, where a revocation covers everything issued before the coming second.
 *
 * @param csrf - only for tokens that are delivered as a cookie
 * @throws Problem `forbidden` where the user's roles allow more than a token can hold
 */
export async function issueAccessToken(
  keys: SigningKeys,
  terms: AccessTokenTerms,
  session: LiveSession,
  csrf: string | null,
): Promise<IssuedAccessToken> {
  const iat = await signingTime(session.now, session.accessNotBefore);
  const exp = Math.min(iat + terms.ttlSeconds, Math.max(Math.floor(session.endsAt), iat + 1));
  const scope = grantedScope(session);
  const claims: AccessTokenClaims = {
    iss: terms.issuer,
    aud: audienceClaim(terms.audience),
    sub: session.userId,
    client_id: session.clientId,
    iat,
    exp,
    jti: createId(),
    sid: session.id,
    ...(scope === '' ? {} : { scope }),
    ...(session.roles.length === 0 ? {} : { roles: session.roles }),
    auth_time: Math.floor(session.authTime),
    ...(csrf === null ? {} : { csrf }),
  };
  const signer = await keys.current();
  const accessToken = signer.sign(claims);
  requireRoom(accessToken, csrf === null ? MAX_TOKEN_BYTES : MAX_COOKIE_BYTES - ACCESS_COOKIE.length);
  return { accessToken, expiresIn: exp - iat, scope };
}

function requireRoom(accessToken: string, maxBytes: number): void {
  if (accessToken.length <= maxBytes) return;
  throw new Problem('forbidden', {
    detail: `The roles give so many scopes that the token would be larger than the ${maxBytes} bytes allowed here. Request fewer with \`scope\` at sign-in, or have roles removed.`,
  });
}
