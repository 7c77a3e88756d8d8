import type { Database } from '@countersign/service';
import type { RevocationEntry } from '@countersign/tokens';
import { sql } from 'drizzle-orm';
import type { PlainAuditEvent } from '../domain/audit.ts';
import type { Revocations } from '../domain/revocation/revocations.ts';
import { rowsOf } from './rows-of.ts';
import { runTogether } from './run-together.ts';
import { audit, revocations } from './schema.ts';

export function createRevocations(db: Database): Revocations {
  const revokeTogether = runTogether((entries: readonly (RevocationEntry & PlainAuditEvent)[]) => revokeAndRecordMany(db, entries));
  return {
    revoke: revokeMany,
    revokeAndRecord: (entry, event) => revokeTogether({ ...entry, ...event }),
  };
}

const ENTRY = sql`kind text, id text, "expiresAt" bigint, before bigint`;

export async function revokeMany(tx: Database, ...entries: readonly RevocationEntry[]): Promise<void> {
  await tx.execute(sql`
    insert into ${revocations} (kind, id, expires_at, before)
    select kind, id, "expiresAt", before from ${rowsOf(entries, ENTRY)}`);
}

/** @returns for each, in order, whether it is new; one that exists already is neither written nor recorded again */
async function revokeAndRecordMany(db: Database, entries: readonly (RevocationEntry & PlainAuditEvent)[]): Promise<boolean[]> {
  const { kind, id } = revocations;
  const columns = sql`${ENTRY}, event text, actor text, subject text, ip text, "requestId" text`;
  const asked = db.$with('asked', {}).as(sql`select distinct on (kind, id) * from ${rowsOf(entries, columns)}`);
  // One by one, because of its limit: a plan that was cached while there were few rows would read all of them.
  const earlier = sql`select ${revocations.seq} from ${revocations} where ${kind} = asked.kind and ${id} = asked.id limit 1`;
  const added = db.$with('added', { kind, id }).as(sql`
    insert into ${revocations} (kind, id, expires_at, before) select kind, id, "expiresAt", before from asked
    where (${earlier}) is null returning kind, id`);
  const recorded = db.$with('recorded', {}).as(sql`
    insert into ${audit} (event, actor, subject, ip, request_id) select event, actor, subject, ip, "requestId" from asked join added using (kind, id)`);
  const rows = await db.with(asked, added, recorded).select().from(added);
  const fresh = new Set(rows.map(nameOf));
  return entries.map((entry) => fresh.delete(nameOf(entry)));
}

function nameOf({ kind, id }: Pick<RevocationEntry, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}
