import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import { waitOutRevocation } from '../revocation/not-before.ts';
import type { LiveSession, Sessions } from './session.ts';

/**
 * The session once tokens may be signed for it, after the second of a revocation that it survived.
 *
 * @throws Problem `token_revoked` when it has ended meanwhile
 */
export async function waitUntilSessionSignable(
  { sessions, db }: { readonly sessions: Sessions; readonly db: Database },
  session: LiveSession,
): Promise<LiveSession> {
  const settled = await waitOutRevocation(
    session,
    ({ accessNotBefore }) => accessNotBefore,
    () => sessions.findLive(db, session.id),
  );
  if (settled === null) throw new Problem('token_revoked', { detail: 'The session has been ended. Sign in again.' });
  return { ...settled, generation: session.generation };
}
