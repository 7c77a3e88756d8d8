import type { Administrator } from '../administrator.ts';
import { isId } from '../identifiers.ts';
import { type EndSessionPorts, type EventsOf, endAndRecord, endRecordAndFlush } from './end-session.ts';
import { batchesOf, inBatches } from './in-batches.ts';

export async function endSessionsOfUser(ports: EndSessionPorts, userId: string, by: Administrator): Promise<void> {
  await endRecordAndFlush(ports, { userId }, 'admin', asOneEvent(userId, by));
}

/** @returns `false` when the user has no such session, or no longer has it */
export async function endSessionOfUser(ports: EndSessionPorts, userId: string, id: string, by: Administrator): Promise<boolean> {
  return isId(id) && (await endRecordAndFlush(ports, { userId, id, inLife: true }, 'admin', asOneEvent(id, by))) > 0;
}

/**
 * Ends everybody's sessions, in batches that are committed one by one: called again after a failure, it continues. The calling session
 * comes last, so that it can call again. A concurrent sign-in may have to be repeated.
 */
export async function endAllSessions(ports: EndSessionPorts, ownSessionId: string, by: Administrator): Promise<void> {
  await inBatches(
    ports,
    batchesOf((after, limit) => ports.sessions.findIds(ports.db, after, limit)),
    async (ids) => {
      const batch = { ids, exceptId: ownSessionId };
      await ports.db.transaction((tx) => endAndRecord(tx, ports, batch, 'admin', asOneEvent(null, by)));
    },
  );
  await endRecordAndFlush(ports, { id: ownSessionId }, 'admin', asOneEvent(null, by));
}

/** @param subject - the user or the session; `null`: everybody */
function asOneEvent(subject: string | null, by: Administrator): EventsOf {
  return ({ length }) => [{ ...by, event: 'sessions_ended', subject, details: { sessions: length } }];
}
