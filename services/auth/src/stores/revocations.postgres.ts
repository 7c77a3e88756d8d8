import type { Database } from '@countersign/service';
import { and, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Revocations } from '../domain/ports.ts';
import { revocationEnd, revocations } from './schema.ts';

export function createRevocations(): Revocations {
  return {
    async revoke(tx, ...entries) {
      // One parameter for any number of entries: thousands of them cost more to be written into a statement than to be stored.
      await tx.execute(sql`
        insert into ${revocations} (kind, id, expires_at, before)
        select kind, id, "expiresAt", before from jsonb_to_recordset(${JSON.stringify(entries)}::text::jsonb)
        as entry (kind text, id text, "expiresAt" bigint, before bigint)`);
    },
  };
}

/** How long an entry that no longer matches any token is kept, for an investigation. */
const KEPT_SECONDS = 30 * 86_400;

/**
 * Deletes entries that were sent and have lapsed long ago; one of a key never lapses.
 *
 * @returns how many; as many as `limit` when there may be more
 */
export async function deleteLapsedRevocations(db: Database, limit = 5000): Promise<number> {
  const lapsed = db
    .select({ seq: revocations.seq })
    .from(revocations)
    .where(and(isNotNull(revocations.sentAt), sql`${revocationEnd} < extract(epoch from clock_timestamp()) - ${KEPT_SECONDS}`))
    .orderBy(revocationEnd)
    .limit(limit);
  const deleted = await db.delete(revocations).where(inArray(revocations.seq, lapsed)).returning({ seq: revocations.seq });
  return deleted.length;
}
