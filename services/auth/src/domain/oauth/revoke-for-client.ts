import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import type { Judge } from '@countersign/verifier/parts';
import type { Caller } from '../caller.ts';
import { OAuthError } from '../oauth-error.ts';
import { revokeToken, type TokenRevocationPorts } from '../revocation/revoke-token.ts';
import type { EndSessionPorts } from '../sessions/end-session.ts';
import { endSessionOfToken } from '../sessions/end-session-of-token.ts';
import { parseRefreshToken, type RefreshTokenSecrets } from '../sessions/refresh-token.ts';
import { findClaims } from './find-claims.ts';

export interface RevokeForClientPorts extends EndSessionPorts, TokenRevocationPorts {
  /** Judges our own access tokens, whatever their audience. */
  readonly judge: Judge;
}

/**
 * RFC 7009: revoking a refresh token ends its session with all its tokens; an access token ends alone. An invalid token is no error.
 *
 * @throws OAuthError `invalid_grant` for a token of another client, which stays valid
 */
export async function revokeForClient(
  ports: RevokeForClientPorts,
  secrets: RefreshTokenSecrets,
  { clientId, token }: { readonly clientId: string; readonly token: string },
  caller: Caller,
): Promise<void> {
  const refreshToken = parseRefreshToken(token, FIRST_PARTY_CLIENT_ID, secrets);
  if (typeof refreshToken === 'string') return await revokeAccessToken(ports, clientId, token, caller);
  requireSameClient(clientId, FIRST_PARTY_CLIENT_ID);
  await endSessionOfToken(ports, refreshToken.sessionId, caller);
}

async function revokeAccessToken(ports: RevokeForClientPorts, clientId: string, token: string, caller: Caller): Promise<void> {
  const claims = await findClaims(ports.judge, token);
  if (claims === null) return;
  requireSameClient(clientId, claims.client_id);
  await revokeToken(ports, claims, caller);
}

/** RFC 7009, section 2.1. Answering 200 would make the client believe that the token is revoked. */
function requireSameClient(caller: string, owner: string): void {
  if (caller !== owner) throw new OAuthError('invalid_grant', 'The token was issued to another client.');
}
