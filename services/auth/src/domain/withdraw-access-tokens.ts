import type { Database } from '@countersign/service';
import { REVOCATION_STREAM_SECONDS } from '@countersign/tokens';
import type { EndSessionPorts } from './end-session.ts';

/**
 * Refuses the access tokens of a user's sessions and lets the sessions go on: their next refresh signs what holds by
 * then. In the caller's transaction, after the change that asks for it; flush the feed after the commit.
 */
export async function withdrawAccessTokens(
  tx: Database,
  { sessions, revocations }: Pick<EndSessionPorts, 'sessions' | 'revocations'>,
  userId: string,
): Promise<void> {
  const begun = await sessions.startAnew(tx, userId);
  const entries = begun.map(({ id, before }) => ({ kind: 'sid', id, expiresAt: before + REVOCATION_STREAM_SECONDS, before }) as const);
  if (entries.length > 0) await revocations.revoke(tx, ...entries);
}
