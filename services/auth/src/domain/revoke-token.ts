import type { Database } from '@countersign/service';
import type { AccessTokenClaims, RevocationEntry } from '@countersign/tokens';
import type { Audit, Caller, RevocationFeed, Revocations } from './ports.ts';

/** Verifiers whose clocks are behind take a token for a little longer. */
const LEEWAY_SECONDS = 60;

/** Refuses one access token from now on. The session that it belongs to goes on. */
export async function revokeToken(
  { revocations, audit, feed }: { readonly revocations: Revocations; readonly audit: Audit; readonly feed: RevocationFeed },
  claims: AccessTokenClaims,
  { ip, requestId }: Caller,
): Promise<void> {
  const event = 'token_revoked';
  await revocations.revokeAndRecord(entryFor(claims), { event, actor: claims.sub, subject: claims.jti, ip, requestId });
  audit.recorded(event);
  await feed.flush();
}

/** The same in the caller's transaction, which records why. Flush the feed after the commit. */
export async function recordTokenRevocation(tx: Database, revocations: Revocations, claims: AccessTokenClaims): Promise<void> {
  await revocations.revoke(tx, entryFor(claims));
}

function entryFor({ jti, exp }: AccessTokenClaims): RevocationEntry {
  return { kind: 'jti', id: jti, expiresAt: exp + LEEWAY_SECONDS, before: null };
}
