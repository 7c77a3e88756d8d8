import { Problem } from '@countersign/problems';
import type { Judge } from '@countersign/verifier';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import type { Caller } from './ports.ts';
import { digestSeed, parseRefreshToken, type RefreshToken, type RefreshTokenSecrets } from './refresh-token.ts';

export interface TokenRevoking {
  readonly ports: EndSessionPorts;
  readonly secrets: RefreshTokenSecrets;
  readonly judge: Judge;
}

/** A minute for clocks that differ: a verifier may take a token a little after its `exp`. */
const CLOCK_SECONDS = 60;

/**
 * RFC 7009: a refresh token's session ends with all its tokens; an access token ends alone. Anything else, another
 * client's token among it, changes nothing, and nobody is told the difference.
 */
export async function revokeToken(deps: TokenRevoking, clientId: string, text: string, caller: Caller): Promise<void> {
  const refreshToken = parseRefreshToken(text, clientId, deps.secrets);
  await (typeof refreshToken === 'object' ? endSessionOf(deps, refreshToken, caller) : revokeAccessToken(deps, clientId, text, caller));
}

async function endSessionOf({ ports }: TokenRevoking, token: RefreshToken, { ip, requestId }: Caller): Promise<void> {
  const { sessionId, generation, seed } = token;
  const presented = { sessionId, generation, seedDigest: digestSeed(seed), delivery: null };
  await ports.db.transaction(async (tx) => {
    const found = await ports.sessions.lock(tx, presented);
    if (found === null) return;
    const ended = await endSessions(tx, ports, { id: sessionId }, 'logout');
    const actor = found.session.userId;
    if (ended.length > 0) await ports.audit.record(tx, { event: 'token_revoked', actor, subject: sessionId, ip, requestId });
  });
  await ports.feed.flush();
}

async function revokeAccessToken({ ports, judge }: TokenRevoking, clientId: string, text: string, caller: Caller): Promise<void> {
  const judgement = await judge(text, 'reject');
  if (judgement instanceof Problem) {
    if (judgement.statusCode >= 500) throw judgement;
    return;
  }
  const { client_id: owner, jti, exp, sub } = judgement.claims;
  if (owner !== clientId) return;
  const { ip, requestId } = caller;
  await ports.db.transaction(async (tx) => {
    await ports.revocations.revoke(tx, { kind: 'jti', id: jti, expiresAt: exp + CLOCK_SECONDS, before: null });
    await ports.audit.record(tx, { event: 'token_revoked', actor: sub, subject: jti, ip, requestId });
  });
  await ports.feed.flush();
}
