import type { Administrator } from '../administrator.ts';
import { isId } from '../identifiers.ts';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import { batchesOf, inBatches } from './in-batches.ts';
import type { SomeSessions } from './session.ts';

export async function endSessionsOfUser(ports: EndSessionPorts, userId: string, by: Administrator): Promise<void> {
  await endAndFlush(ports, { userId }, userId, by);
}

/** @returns `false` when the user has no such session, or no longer has it */
export async function endSessionOfUser(ports: EndSessionPorts, userId: string, id: string, by: Administrator): Promise<boolean> {
  return isId(id) && (await endAndFlush(ports, { userId, id, inLife: true }, id, by)) > 0;
}

/**
 * Ends everybody's sessions, in batches that hold by themselves: called again after a failure, it continues. The session
 * that asks comes last, so that it can. A sign-in meanwhile may have to be repeated.
 */
export async function endAllSessions(ports: EndSessionPorts, ownSessionId: string, by: Administrator): Promise<void> {
  await inBatches(
    ports,
    batchesOf((after, limit) => ports.sessions.findIds(ports.db, after, limit)),
    async (ids) => void (await endAndRecord(ports, { ids, exceptId: ownSessionId }, null, by)),
  );
  await endAndRecord(ports, { id: ownSessionId }, null, by);
  await ports.feed.flush();
}

async function endAndFlush(ports: EndSessionPorts, which: SomeSessions, subject: string, by: Administrator): Promise<number> {
  const ended = await endAndRecord(ports, which, subject, by);
  if (ended > 0) await ports.feed.flush();
  return ended;
}

async function endAndRecord(ports: EndSessionPorts, which: SomeSessions, subject: string | null, by: Administrator): Promise<number> {
  return await ports.db.transaction(async (tx) => {
    const { length } = await endSessions(tx, ports, which, 'admin');
    if (length > 0) await ports.audit.record(tx, { ...by, event: 'sessions_ended', subject, details: { sessions: length } });
    return length;
  });
}
