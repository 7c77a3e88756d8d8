import type { Administrator } from '../administrator.ts';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import type { SessionsToEnd } from './session.ts';

/** Sessions of one transaction: a million of them must hold no lock, and be no statement, for longer than a moment. */
const BATCH = 2000;

/**
 * Ends a user's sessions, or the one of them that `id` names.
 *
 * @returns how many have ended
 */
export async function endSessionsOfUser(
  ports: EndSessionPorts,
  which: { readonly userId: string; readonly id?: string },
  by: Administrator,
): Promise<number> {
  const ended = await endAndRecord(ports, which, which.id ?? which.userId, by);
  if (ended > 0) await ports.feed.flush();
  return ended;
}

/**
 * Ends everybody's sessions, in batches that hold by themselves: called again after a failure, it continues. The session
 * that asks comes last, so that it can. A sign-in meanwhile may have to be repeated.
 */
export async function endAllSessions(ports: EndSessionPorts, ownSessionId: string, by: Administrator): Promise<void> {
  let after = '';
  let sent = Promise.resolve();
  for (;;) {
    const found = await ports.sessions.findIds(ports.db, after, BATCH);
    const last = found.at(-1);
    if (last === undefined) break;
    await endAndRecord(ports, { ids: found, exceptId: ownSessionId }, null, by);
    // Sent while the next batch is worked on, which waits for it: what others revoke meanwhile must not stand in a long queue.
    await sent;
    sent = ports.feed.flush();
    after = last;
  }
  await endAndRecord(ports, { id: ownSessionId }, null, by);
  await ports.feed.flush();
}

async function endAndRecord(ports: EndSessionPorts, which: SessionsToEnd, subject: string | null, by: Administrator): Promise<number> {
  return await ports.db.transaction(async (tx) => {
    const { length } = await endSessions(tx, ports, which, 'admin');
    if (length > 0) await ports.audit.record(tx, { ...by, event: 'sessions_ended', subject, details: { sessions: length } });
    return length;
  });
}
