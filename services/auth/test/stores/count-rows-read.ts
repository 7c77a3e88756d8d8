import type { Database } from '@countersign/service';
import { sql } from 'drizzle-orm';

/** How many rows of a table this transaction has read so far, by indexes or without: what a plan costs, whatever the machine does. */
export async function countRowsRead(tx: Database, table: string): Promise<number> {
  const [counts] = await tx
    .select({ read: sql<number>`seq_tup_read + idx_tup_fetch`.mapWith(Number) })
    .from(sql`pg_stat_xact_user_tables`)
    .where(sql`relname = ${table}`);
  if (counts === undefined) throw new Error(`there is no table ${table}`);
  return counts.read;
}

/** The same for this work alone, in a transaction that has read some of them before. */
export async function countRowsReadBy(tx: Database, table: string, work: () => Promise<void>): Promise<number> {
  const before = await countRowsRead(tx, table);
  await work();
  return (await countRowsRead(tx, table)) - before;
}
