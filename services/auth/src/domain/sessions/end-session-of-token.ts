import { actedBy, type Caller } from '../caller.ts';
import { entryForAllTokens } from '../revocation/revocation-entries.ts';
import type { TokenRevocationPorts } from '../revocation/revoke-token.ts';
import { type EndSessionPorts, eachByItsUser, endRecordAndFlush } from './end-session.ts';

/** Signs a user out by a token of the session. It is no error if the session has ended or no longer exists. */
export async function endSessionOfToken(ports: EndSessionPorts & TokenRevocationPorts, id: string, caller: Caller): Promise<void> {
  const ended = await endRecordAndFlush(ports, { id }, 'logout', eachByItsUser({ event: 'logout' }, caller));
  if (ended === 0) await refuseLost(ports, id, caller);
}

/**
 * A database that was set back has lost the sessions that began later, but their access tokens are still good: revokes those without the
 * session. If the session has ended, they are refused already and nothing is written.
 */
async function refuseLost(
  { db, sessions, revocations, feed, eventRecorded }: EndSessionPorts & TokenRevocationPorts,
  id: string,
  caller: Caller,
): Promise<void> {
  const event = 'logout' as const;
  const entry = entryForAllTokens('sid', id, await sessions.readClock(db));
  if (!(await revocations.revokeAndRecord(entry, { ...actedBy(null, caller), event, subject: id }))) return;
  eventRecorded(event);
  await feed.flush();
}
