import { type SQL, sql } from 'drizzle-orm';
import { wholeNames } from './whole-names.ts';

/** A time as Unix seconds with fractions. */
export function unixSeconds(time: SQL): SQL<number> {
  return wholeNames(sql<number>`extract(epoch from ${time})::float8`).mapWith(Number);
}
