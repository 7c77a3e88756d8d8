import type { Database } from '@countersign/service';
import { sql } from 'drizzle-orm';
import { ONE_ROW } from './one-row.ts';
import { signingKeys } from './schema.ts';

/** The database's clock, decoded like a time column. */
export async function readClock(db: Database): Promise<Date> {
  const [row] = await db.select({ now: sql<Date>`clock_timestamp()`.mapWith(signingKeys.createdAt) }).from(ONE_ROW);
  if (row === undefined) throw new Error('the database did not tell the time');
  return row.now;
}
