import type { Database } from '@countersign/service';
import type { RevocationEntry } from '@countersign/tokens';
import { and, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { AuditEvent, Revocations } from '../domain/ports.ts';
import { runTogether } from './run-together.ts';
import { audit, revocationEnd, revocations } from './schema.ts';

export function createRevocations(db: Database): Revocations {
  const together = runTogether((revoked: readonly (RevocationEntry & RecordedEvent)[]) => revokeAndRecordMany(db, revoked));
  return {
    revoke: revokeMany,
    revokeAndRecord: async (entry, event) => void (await together({ ...entry, ...event })),
  };
}

type RecordedEvent = Omit<AuditEvent, 'details'>;

/** See `Revocations.revoke`. */
export async function revokeMany(tx: Database, ...entries: readonly RevocationEntry[]): Promise<void> {
  await tx.execute(sql`
    insert into ${revocations} (kind, id, expires_at, before)
    select kind, id, "expiresAt", before from ${rowsOf(entries, sql`kind text, id text, "expiresAt" bigint, before bigint`)}`);
}

async function revokeAndRecordMany(db: Database, revoked: readonly (RevocationEntry & RecordedEvent)[]): Promise<null[]> {
  const columns = sql`kind text, id text, "expiresAt" bigint, before bigint, event text, actor text, subject text, ip text, "requestId" text`;
  await db.execute(sql`
    with revoked as (select * from ${rowsOf(revoked, columns)}), recorded as (
      insert into ${audit} (event, actor, subject, ip, request_id) select event, actor, subject, ip, "requestId" from revoked
    )
    insert into ${revocations} (kind, id, expires_at, before) select kind, id, "expiresAt", before from revoked`);
  return revoked.map(() => null);
}

/** One parameter for any number of rows: thousands of them cost more to be written into a statement than to be stored. */
function rowsOf(rows: readonly object[], columns: SQL): SQL {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as entry (${columns})`;
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
