import type { Judge } from '@countersign/verifier/parts';
import type { Caller } from '../caller.ts';
import { revokeToken, type TokenRevocationPorts } from '../revocation/revoke-token.ts';
import type { EndSessionPorts } from '../sessions/end-session.ts';
import { endSessionOfToken } from '../sessions/end-session-of-token.ts';
import { parseRefreshToken, type RefreshTokenSecrets } from '../sessions/refresh-token.ts';
import { findClaims } from './find-claims.ts';

export interface RevokeForClientPorts extends EndSessionPorts, TokenRevocationPorts {
  /** Judges an access token of our own, whatever it is for. */
  readonly judge: Judge;
}

/**
 * RFC 7009: a refresh token's session ends with all its tokens; an access token ends alone. Anything else, another
 * client's token among it, changes nothing, and the answer is the same.
 */
export async function revokeForClient(
  ports: RevokeForClientPorts,
  secrets: RefreshTokenSecrets,
  { clientId, token }: { readonly clientId: string; readonly token: string },
  caller: Caller,
): Promise<void> {
  const refreshToken = parseRefreshToken(token, clientId, secrets);
  if (typeof refreshToken === 'string') return await revokeAccessToken(ports, clientId, token, caller);
  await endSessionOfToken(ports, refreshToken.sessionId, caller);
}

async function revokeAccessToken(ports: RevokeForClientPorts, clientId: string, token: string, caller: Caller): Promise<void> {
  const claims = await findClaims(ports.judge, token);
  if (claims?.client_id === clientId) await revokeToken(ports, claims, caller);
}
