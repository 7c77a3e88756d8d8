import type { Caller } from '../caller.ts';
import { type EndSessionPorts, endSessions } from './end-session.ts';

/**
 * As many as a program makes in a week that signs in each minute and never out. With a bound, all of one user's can be listed, and
 * ended in one transaction, when the account is disabled.
 */
export const MAX_SESSIONS = 10_000;
/** More than the one too many, so that the next sign-ins needn't; no more, so that none takes long. */
const BATCH = 1000;

/** If a user has more sessions than the maximum, ends the batch of them that were not used for longest. */
export async function endLeastUsed(ports: EndSessionPorts, userId: string, { ip, requestId }: Caller): Promise<void> {
  const ended = await ports.db.transaction(async (tx) => {
    const ids = await ports.sessions.lockLeastUsed(tx, userId, MAX_SESSIONS, BATCH);
    if (ids.length === 0) return [];
    const sessions = await endSessions(tx, ports, { ids }, 'crowded');
    const record = { event: 'session_ended', actor: userId, details: { reason: 'crowded' }, ip, requestId } as const;
    await ports.audit.record(tx, ...sessions.map(({ id }) => ({ ...record, subject: id })));
    return sessions;
  });
  if (ended.length > 0) await ports.feed.flush();
}
