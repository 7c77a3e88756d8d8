import type { Database } from '@countersign/service';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { RevocationFeed, Revocations } from './ports.ts';

/** Verifiers whose clocks are behind take a token for a little longer. */
const LEEWAY_SECONDS = 60;

/** Refuses one access token from now on. The session that it belongs to goes on. */
export async function revokeToken(
  { db, revocations, feed }: { readonly db: Database; readonly revocations: Revocations; readonly feed: RevocationFeed },
  claims: AccessTokenClaims,
): Promise<void> {
  await recordTokenRevocation(db, revocations, claims);
  await feed.flush();
}

/** The same in the caller's transaction. Flush the feed after the commit. */
export async function recordTokenRevocation(tx: Database, revocations: Revocations, { jti, exp }: AccessTokenClaims): Promise<void> {
  await revocations.revoke(tx, { kind: 'jti', id: jti, expiresAt: exp + LEEWAY_SECONDS, before: null });
}
