import { type Column, type SQL, sql } from 'drizzle-orm';

/** The coming whole second of the database's clock, or a later one that the column has: that clock was set back since. */
export function comingSecond(column: Column): SQL {
  return sql`greatest(${column}, floor(extract(epoch from clock_timestamp()))::bigint + 1)`;
}
