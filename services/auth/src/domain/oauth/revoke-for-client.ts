import type { Judge } from '@countersign/verifier/parts';
import type { Caller } from '../caller.ts';
import { revokeToken, type TokenRevocationPorts } from '../revocation/revoke-token.ts';
import { type EndSessionPorts, endSessionOfToken } from '../sessions/end-session.ts';
import { digestSeed, parseRefreshToken, type RefreshTokenSecrets } from '../sessions/refresh-token.ts';
import { findClaims } from './find-claims.ts';

export interface RevokeForClientDeps {
  readonly ports: EndSessionPorts & TokenRevocationPorts;
  readonly secrets: RefreshTokenSecrets;
  readonly judge: Judge;
}

/**
 * RFC 7009: a refresh token's session ends with all its tokens; an access token ends alone. Anything else, another
 * client's token among it, changes nothing, and the answer is the same.
 */
export async function revokeForClient(deps: RevokeForClientDeps, clientId: string, text: string, caller: Caller): Promise<void> {
  const refreshToken = parseRefreshToken(text, clientId, deps.secrets);
  if (typeof refreshToken === 'string') return await revokeAccessToken(deps, clientId, text, caller);
  await endSessionOfToken(deps.ports, { id: refreshToken.sessionId, seedDigest: digestSeed(refreshToken.seed) }, caller);
}

async function revokeAccessToken({ ports, judge }: RevokeForClientDeps, clientId: string, text: string, caller: Caller): Promise<void> {
  const claims = await findClaims(judge, text);
  if (claims?.client_id === clientId) await revokeToken(ports, claims, caller);
}
