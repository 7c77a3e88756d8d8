import { type Column, type SQL, sql } from 'drizzle-orm';

/** The coming whole second of the database's clock, or the column's value if that is later: the clock may have been set back. */
export function comingSecond(column: Column): SQL {
  return sql`greatest(${column}, floor(extract(epoch from clock_timestamp()))::bigint + 1)`;
}
