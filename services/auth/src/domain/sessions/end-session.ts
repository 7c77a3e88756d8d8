import type { Database } from '@countersign/service';
import type { Audit, AuditEvent } from '../audit.ts';
import { actedBy, type Caller } from '../caller.ts';
import { entryForAllTokens } from '../revocation/revocation-entries.ts';
import type { RevocationFeed, Revocations } from '../revocation/revocations.ts';
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
 * @returns the sessions that this call ended
 */
export async function endSessions(
  tx: Database,
  { sessions, revocations }: Pick<EndSessionPorts, 'sessions' | 'revocations'>,
  which: SomeSessions,
  reason: EndReason,
): Promise<readonly EndedSession[]> {
  const ended = await sessions.end(tx, which, reason);
  if (ended.length > 0) await revocations.revoke(tx, ...ended.map(({ id, endedAt }) => entryForAllTokens('sid', id, endedAt)));
  return ended;
}

/** Makes the audit events of sessions that were ended. */
export type EventsOf = (ended: readonly EndedSession[]) => readonly AuditEvent[];

/** One event for each session, with its own user as the actor. */
export function eachByItsUser(event: Pick<AuditEvent, 'event' | 'details'>, caller: Caller): EventsOf {
  return (ended) => ended.map(({ id, userId }) => ({ ...actedBy(userId, caller), ...event, subject: id }));
}

/** `endSessions`, with an audit record. @returns how many this call ended */
export async function endAndRecord(
  tx: Database,
  ports: EndSessionPorts,
  which: SomeSessions,
  reason: EndReason,
  eventsOf: EventsOf,
): Promise<number> {
  const ended = await endSessions(tx, ports, which, reason);
  if (ended.length > 0) await ports.audit.record(tx, ...eventsOf(ended));
  return ended.length;
}

/** `endAndRecord` in a transaction of its own, and then flushes the feed. */
export async function endRecordAndFlush(
  ports: EndSessionPorts,
  which: SomeSessions,
  reason: EndReason,
  eventsOf: EventsOf,
): Promise<number> {
  const ended = await ports.db.transaction((tx) => endAndRecord(tx, ports, which, reason, eventsOf));
  if (ended > 0) await ports.feed.flush();
  return ended;
}
