import type { Database } from '@countersign/service';
import { sql } from 'drizzle-orm';

/**
 * How many statements in this database wait for a lock of another transaction.
 *
 * @param like - which of them, as a pattern of LIKE
 */
export function countWaiting(db: Database, like = '%'): Promise<number> {
  return db.$count(sql`pg_stat_activity`, sql`datname = current_database() and wait_event_type = 'Lock' and query like ${like}`);
}
