import type { Database } from '@countersign/service';
import { entryForTokensBefore } from '../revocation/revocation-entries.ts';
import type { EndSessionPorts } from './end-session.ts';
import type { SomeSessions } from './session.ts';

/**
 * Refuses the access tokens of sessions but keeps the sessions: their next refresh signs what holds by then. Runs in the caller's
 * transaction, after the change that requires it; flush the feed after the commit.
 */
export async function withdrawAccessTokens(
  tx: Database,
  { sessions, revocations }: Pick<EndSessionPorts, 'sessions' | 'revocations'>,
  which: SomeSessions,
): Promise<void> {
  const moved = await sessions.moveNotBefore(tx, which);
  if (moved.length > 0) await revocations.revoke(tx, ...moved.map(({ id, before }) => entryForTokensBefore('sid', id, before)));
}
