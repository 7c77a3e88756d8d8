import { Problem } from '@countersign/problems';
import { type AccessTokenClaims, FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import type { Judge } from '@countersign/verifier/parts';
import type { Caller } from '../caller.ts';
import { revokeToken, type TokenRevocationPorts } from '../revocation/revoke-token.ts';
import { type CookieUse, checkCookieUse, csrfOf } from './csrf.ts';
import type { EndSessionPorts } from './end-session.ts';
import { endSessionOfToken } from './end-session-of-token.ts';
import { getRefreshToken, REFRESH_TOKEN_PREFIX, type RefreshTokenSecrets } from './refresh-token.ts';

export interface LogOutPorts extends EndSessionPorts, TokenRevocationPorts {
  /** Judges by form, signature and issuer alone: expired tokens sign out, too, and so do those that were signed out before. */
  readonly judgeExpired: Judge;
}

export interface LogOutInput {
  readonly token: string;
  readonly cookie: CookieUse | null;
}

/**
 * Ends the session of a refresh or access token. It is no error if the session has ended or no longer exists.
 *
 * @throws Problem `token_malformed`, `token_invalid`, `token_revoked` (its key was killed), `forbidden`, `csrf_failed`
 */
export async function logOut(
  ports: LogOutPorts,
  secrets: RefreshTokenSecrets,
  { token, cookie }: LogOutInput,
  caller: Caller,
): Promise<void> {
  if (token.startsWith(REFRESH_TOKEN_PREFIX)) {
    const refreshToken = getRefreshToken(token, FIRST_PARTY_CLIENT_ID, secrets);
    if (cookie !== null) checkCookieUse(csrfOf(refreshToken), cookie);
    return await endSessionOfToken(ports, refreshToken.sessionId, caller);
  }
  const claims = await verify(ports.judgeExpired, token);
  if (cookie !== null) checkCookieUse(claims.csrf, cookie);
  if (claims.act !== undefined) throw new Problem('forbidden', { detail: 'A service acting for a user cannot sign that user out.' });
  if (claims.sid === undefined) return await revokeToken(ports, claims, caller);
  await endSessionOfToken(ports, claims.sid, caller);
}

async function verify(judge: Judge, token: string): Promise<AccessTokenClaims> {
  const judgement = await judge(token, 'accept');
  if (judgement instanceof Problem) throw judgement;
  return judgement.claims;
}
