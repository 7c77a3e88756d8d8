import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { ClientReading, Clients } from '../clients/client.ts';
import type { LiveSession, Sessions } from '../sessions/session.ts';
import { waitOut } from './wait-out.ts';

// A revocation that a session or a client survives refuses every token with `iat < before`. `iat` has whole seconds, so of two tokens
// of one second nobody could tell which was signed before the revocation and which after: `before` is the coming second, and nothing is
// signed until it has begun. A session remembers it as `accessNotBefore`, a client as `tokensNotBefore`.

/** The coming second, and some room. What is further ahead was set before the database's clock was set back. */
const LONGEST_WAIT_SECONDS = 2;

/**
 * A session whose tokens may be signed now. What was read in the second of a revocation may have been changed again in it, by
 * another one that ends with the same second: so it is read again after the wait.
 *
 * @throws Problem `token_revoked` when it has ended meanwhile
 */
export async function waitUntilSignable(
  { sessions, db }: { sessions: Sessions; db: Database },
  session: LiveSession,
): Promise<LiveSession> {
  if (session.accessNotBefore <= session.now) return session;
  await waitFor(session.accessNotBefore, session.now);
  const later = await sessions.findLive(db, session.id);
  if (later === null) throw new Problem('token_revoked', { detail: 'The session has been ended. Sign in again.' });
  return await waitUntilSignable({ sessions, db }, { ...later, generation: session.generation });
}

/** The same for a client; `null` when it was deleted meanwhile. */
export async function waitUntilClientSignable(clients: Clients, reading: ClientReading): Promise<ClientReading | null> {
  const { client, now } = reading;
  if (client.tokensNotBefore <= now) return reading;
  await waitFor(client.tokensNotBefore, now);
  const later = await clients.find(client.id);
  return later === null ? null : await waitUntilClientSignable(clients, later);
}

/**
 * The `iat` of a token that is signed now. It waits for the second itself, so that no caller can sign too early who hasn't.
 *
 * @param now - the database's clock, Unix seconds with fractions
 */
export async function signingTime(now: number, notBefore: number): Promise<number> {
  const iat = Math.max(Math.floor(now), notBefore);
  await waitFor(iat, now);
  return iat;
}

function waitFor(second: number, now: number): Promise<void> {
  return waitOut(second - now, LONGEST_WAIT_SECONDS, 'a revocation');
}
