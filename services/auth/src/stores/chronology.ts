import { type Column, type SQL, sql } from 'drizzle-orm';
import { wholeNames } from './whole-names.ts';

/** A row's place in a listing, newest first: its time in microseconds, and its id. `routes/admin/page.ts` checks its form. */
export function placeInTime(time: Column, id: Column): SQL<string> {
  return wholeNames(sql<string>`(extract(epoch from ${time}) * 1000000)::bigint || '.' || ${id}`);
}

/** The condition for rows after that place: a row comparison, which an index on both columns answers. */
export function isOlder(time: Column, id: Column, place: string | null): SQL | undefined {
  if (place === null) return undefined;
  const dot = place.indexOf('.');
  const moment = sql`timestamptz 'epoch' + ${place.slice(0, dot)}::bigint * interval '1 microsecond'`;
  return sql`(${time}, ${id}) < (${moment}, ${place.slice(dot + 1)})`;
}
