import { type AccessTokenClaims, formatScope, narrowScopes, parseScope } from '@countersign/tokens';
import type { AccessTokenTerms, IssuedAccessToken } from '../access-token.ts';
import { createId } from '../identifiers.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { audienceClaim } from '../resource.ts';
import { signingTime } from '../revocation/not-before.ts';
import type { LiveSession } from './session.ts';

/**
 * Signs an access token for a session (RFC 9068). It never outlives the session, and waits, at most a second, where a
 * revocation covers everything issued before the coming second.
 *
 * @param csrf - only for tokens that are delivered as a cookie
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
  return { accessToken: signer.sign(claims), expiresIn: exp - iat, scope };
}

/** What was asked for at login, as far as the user's roles allow it now. */
export function grantedScope({ allowedScopes, scope }: Pick<LiveSession, 'allowedScopes' | 'scope'>): string {
  return formatScope(narrowScopes(allowedScopes, scope === null ? null : parseScope(scope)));
}
