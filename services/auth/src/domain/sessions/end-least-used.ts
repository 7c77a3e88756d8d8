import type { Caller } from '../caller.ts';
import { type EndSessionPorts, eachByItsUser, endAndRecord } from './end-session.ts';

/**
 * As many as a program makes in a week that signs in every minute and never signs out. The bound lets all sessions of a user be ended in
 * one transaction, as when the account is disabled.
 */
export const MAX_SESSIONS = 10_000;
/** More than necessary, so that the next sign-ins needn't end any; few enough that this one isn't slow. */
const BATCH = 1000;

/** If a user has more sessions than the maximum, ends a batch of the least recently used ones. */
export async function endLeastUsed(ports: EndSessionPorts, userId: string, caller: Caller): Promise<void> {
  const ended = await ports.db.transaction(async (tx) => {
    const ids = await ports.sessions.lockLeastUsed(tx, userId, MAX_SESSIONS, BATCH);
    return ids.length === 0 ? 0 : await endAndRecord(tx, ports, { ids }, 'crowded', eachByItsUser(CROWDED, caller));
  });
  if (ended > 0) await ports.feed.flush();
}

const CROWDED = { event: 'session_ended', details: { reason: 'crowded' } } as const;
