import type { Database } from '@countersign/service';
import { REVOCATION_STREAM_SECONDS } from '@countersign/tokens';
import type { Audit, RevocationFeed, Revocations } from './ports.ts';
import type { EndReason, Sessions, SessionsToEnd } from './session.ts';

export interface EndSessionPorts {
  readonly db: Database;
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly audit: Audit;
}

/**
 * Ends sessions and refuses their access tokens, in the caller's transaction. Flush the feed after the commit.
 *
 * @returns the ids of those that were live until now
 */
export async function endSessions(
  tx: Database,
  { sessions, revocations }: Pick<EndSessionPorts, 'sessions' | 'revocations'>,
  which: SessionsToEnd,
  reason: EndReason,
): Promise<readonly string[]> {
  const { ids, now } = await sessions.end(tx, which, reason);
  // The last access token may be signed in this very moment, and live for as long as any can.
  const expiresAt = Math.ceil(now) + REVOCATION_STREAM_SECONDS;
  if (ids.length > 0) await revocations.revoke(tx, ...ids.map((id) => ({ kind: 'sid', id, expiresAt, before: null }) as const));
  return ids;
}
