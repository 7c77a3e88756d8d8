import { Problem } from '@countersign/problems';
import type { Judge } from '@countersign/verifier';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import type { Caller } from './ports.ts';
import { digestSeed, parseRefreshToken, type RefreshToken, type RefreshTokenSecrets } from './refresh-token.ts';
import { recordTokenRevocation } from './revoke-token.ts';

export interface TokenRevoking {
  readonly ports: EndSessionPorts;
  readonly secrets: RefreshTokenSecrets;
  readonly judge: Judge;
}

/**
 * RFC 7009: a refresh token's session ends with all its tokens; an access token ends alone. Anything else, another
 * client's token among it, changes nothing, and nobody is told the difference.
 */
export async function revokeForClient(deps: TokenRevoking, clientId: string, text: string, caller: Caller): Promise<void> {
  const refreshToken = parseRefreshToken(text, clientId, deps.secrets);
  await (typeof refreshToken === 'object' ? endSessionOf(deps, refreshToken, caller) : revokeAccessToken(deps, clientId, text, caller));
  await deps.ports.feed.flush();
}

async function endSessionOf({ ports }: TokenRevoking, { sessionId, seed }: RefreshToken, { ip, requestId }: Caller): Promise<void> {
  await ports.db.transaction(async (tx) => {
    const ended = await endSessions(tx, ports, { id: sessionId, seedDigest: digestSeed(seed) }, 'logout');
    for (const { id, userId } of ended) await ports.audit.record(tx, { event: 'logout', actor: userId, subject: id, ip, requestId });
  });
}

async function revokeAccessToken({ ports, judge }: TokenRevoking, clientId: string, text: string, caller: Caller): Promise<void> {
  const judgement = await judge(text, 'reject');
  if (judgement instanceof Problem) {
    if (judgement.statusCode >= 500) throw judgement;
    return;
  }
  const { claims } = judgement;
  if (claims.client_id !== clientId) return;
  const { ip, requestId } = caller;
  await ports.db.transaction(async (tx) => {
    await recordTokenRevocation(tx, ports.revocations, claims);
    await ports.audit.record(tx, { event: 'token_revoked', actor: claims.sub, subject: claims.jti, ip, requestId });
  });
}
