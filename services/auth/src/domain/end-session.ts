import type { Database } from '@countersign/service';
import { REVOCATION_STREAM_SECONDS } from '@countersign/tokens';
import { isId } from './identifiers.ts';
import type { Audit, Caller, RevocationFeed, Revocations } from './ports.ts';
import type { EndedSession, EndReason, Sessions, SessionsToEnd } from './session.ts';

export interface EndSessionPorts {
  readonly db: Database;
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly audit: Audit;
}

/**
 * Ends sessions and refuses their access tokens, in the caller's transaction. Flush the feed after the commit.
 *
 * @returns those that were live until now
 */
export async function endSessions(
  tx: Database,
  { sessions, revocations }: Pick<EndSessionPorts, 'sessions' | 'revocations'>,
  which: SessionsToEnd,
  reason: EndReason,
): Promise<readonly EndedSession[]> {
  const ended = await sessions.end(tx, which, reason);
  // The last access token may be signed in this very moment, and live for as long as any can.
  const entries = ended.map(
    ({ id, endedAt }) => ({ kind: 'sid', id, expiresAt: Math.ceil(endedAt) + REVOCATION_STREAM_SECONDS, before: null }) as const,
  );
  if (entries.length > 0) await revocations.revoke(tx, ...entries);
  return ended;
}

/** @returns `false` when the user has no such session, or has it no more */
export async function endOwnSession(ports: EndSessionPorts, userId: string, id: string, caller: Caller): Promise<boolean> {
  return isId(id) && (await endAndTell(ports, { userId, id }, userId, caller)) > 0;
}

/** Ends all sessions of a user but the one that asks. */
export async function endOtherSessions(
  ports: EndSessionPorts,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  caller: Caller,
): Promise<void> {
  await endAndTell(ports, { userId, exceptId: sessionId }, userId, caller);
}

async function endAndTell(ports: EndSessionPorts, which: SessionsToEnd, actor: string, { ip, requestId }: Caller): Promise<number> {
  const ended = await ports.db.transaction(async (tx) => {
    const sessions = await endSessions(tx, ports, which, 'deleted');
    for (const { id } of sessions) await ports.audit.record(tx, { event: 'session_ended', actor, subject: id, ip, requestId });
    return sessions;
  });
  if (ended.length > 0) await ports.feed.flush();
  return ended.length;
}
