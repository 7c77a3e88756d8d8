import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { ClientReading, Clients } from './client.ts';
import type { LiveSession, Sessions } from './session.ts';
import { waitForSecond } from './wait-for-second.ts';

/**
 * A session whose tokens may be signed now. Within the second of a revocation nothing is signed, and what was read in it
 * may have been changed again in it, by a revocation that ends with the same second: so it is read again after the wait.
 *
 * @throws Problem `token_revoked` when it has ended meanwhile
 */
export async function waitUntilSignable(
  { sessions, db }: { sessions: Sessions; db: Database },
  session: LiveSession,
): Promise<LiveSession> {
  if (session.accessNotBefore <= session.now) return session;
  await waitForSecond(session.accessNotBefore, session.now);
  const later = await sessions.findLive(db, session.id);
  if (later === null) throw new Problem('token_revoked', { detail: 'The session has been ended. Sign in again.' });
  return await waitUntilSignable({ sessions, db }, { ...later, generation: session.generation });
}

/** The same for a client; `null` when it was deleted meanwhile. */
export async function waitUntilClientSignable(clients: Clients, reading: ClientReading): Promise<ClientReading | null> {
  const { client, now } = reading;
  if (client.tokensNotBefore <= now) return reading;
  await waitForSecond(client.tokensNotBefore, now);
  const later = await clients.find(client.id);
  return later === null ? null : await waitUntilClientSignable(clients, later);
}
