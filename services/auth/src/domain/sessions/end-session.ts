import type { Database } from '@countersign/service';
import type { Audit, AuditEventName } from '../audit.ts';
import type { Caller } from '../caller.ts';
import { isId } from '../identifiers.ts';
import { refuseAll } from '../revocation/revocation-entries.ts';
import type { RevocationFeed, Revocations } from '../revocation/revocations.ts';
import type { TokenRevocationPorts } from '../revocation/revoke-token.ts';
import type { EndedSession, EndReason, Sessions, SomeSessions } from './session.ts';

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
  which: SomeSessions,
  reason: EndReason,
): Promise<readonly EndedSession[]> {
  const ended = await sessions.end(tx, which, reason);
  if (ended.length > 0) await revocations.revoke(tx, ...ended.map(({ id, endedAt }) => refuseAll('sid', id, endedAt)));
  return ended;
}

/** Ends the session that a token belongs to; its user signs out. One that has ended, or no longer exists, is no error. */
export async function endSessionOfToken(
  ports: EndSessionPorts & TokenRevocationPorts,
  which: SomeSessions & { readonly id: string },
  caller: Caller,
): Promise<void> {
  const ended = await endAndFlush(ports, which, { reason: 'logout', event: 'logout' }, caller);
  if (ended === 0) await refuseLost(ports, which.id, caller);
}

/**
 * A database that was set back has lost the sessions that began later, but their access tokens are still good: it refuses them
 * without the session. One that has ended is refused already, and nothing is written.
 */
async function refuseLost(
  { db, sessions, revocations, feed, eventRecorded }: EndSessionPorts & TokenRevocationPorts,
  id: string,
  { ip, requestId }: Caller,
): Promise<void> {
  const event = 'logout' as const;
  const entry = refuseAll('sid', id, await sessions.readClock(db));
  if (!(await revocations.revokeAndRecord(entry, { event, actor: null, subject: id, ip, requestId }))) return;
  eventRecorded(event);
  await feed.flush();
}

/** @returns `false` when the user has no such session, or no longer has it */
export async function endOwnSession(ports: EndSessionPorts, userId: string, id: string, caller: Caller): Promise<boolean> {
  return isId(id) && (await endAndFlush(ports, { userId, id, inLife: true }, BY_LIST, caller)) > 0;
}

/** Ends a session that was begun by a call which then failed, so that nobody has a token of it. */
export async function endUnansweredSession(ports: EndSessionPorts, id: string, caller: Caller): Promise<void> {
  await endAndFlush(ports, { id }, { reason: 'unanswered', event: 'session_ended' }, caller);
}

/** Ends all sessions of a user but the one that asks. */
export async function endOtherSessions(
  ports: EndSessionPorts,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  caller: Caller,
): Promise<void> {
  await endAndFlush(ports, { userId, exceptId: sessionId }, BY_LIST, caller);
}

/** A user ends sessions in the list of them. */
const BY_LIST = { reason: 'deleted', event: 'session_ended' } as const;

/** @returns how many were live until now */
async function endAndFlush(ports: EndSessionPorts, which: SomeSessions, how: EndingOfEach, caller: Caller): Promise<number> {
  const ended = await ports.db.transaction((tx) => endAndRecordEach(tx, ports, which, how, caller));
  if (ended > 0) await ports.feed.flush();
  return ended;
}

export interface EndingOfEach {
  readonly reason: EndReason;
  readonly event: AuditEventName;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Like `endSessions`, and records each ending in the audit log, as one by the session's own user.
 *
 * @returns how many were live until now
 */
export async function endAndRecordEach(
  tx: Database,
  ports: EndSessionPorts,
  which: SomeSessions,
  { reason, ...event }: EndingOfEach,
  { ip, requestId }: Caller,
): Promise<number> {
  const ended = await endSessions(tx, ports, which, reason);
  await ports.audit.record(tx, ...ended.map(({ id, userId }) => ({ ...event, actor: userId, subject: id, ip, requestId })));
  return ended.length;
}
