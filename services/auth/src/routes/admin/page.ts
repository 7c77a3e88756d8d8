import { nextLink, openCursor, sealCursor } from '@countersign/service';
import type { FastifyReply } from 'fastify';

interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Where a row stands in its listing, as a text of this form. */
export interface Place<Row> {
  readonly of: (row: Row) => string;
  readonly form: RegExp;
}

/** For listings with the newest first, and the id of a session or a client. */
export const PLACE_IN_TIME = timeAndId('[\\w.-]{1,64}');

/**
 * The place that `placeInTime` of `stores/chronology.ts` makes and `isOlder` reads: a time in microseconds, and an id.
 *
 * @param id - a regular expression for the ids of the listing
 */
export function timeAndId(id: string): Place<{ readonly place: string }> {
  return { of: ({ place }) => place, form: new RegExp(`^\\d{1,17}\\.${id}$`) };
}

/**
 * Reads one page of a listing, and sets a `Link` header to the next one. The page is found by the place of the last row that was shown,
 * never by counting. The other filters of the query bind the cursor.
 *
 * @param find - rows beyond a place, in the order of the listing
 */
export async function readPage<Row>(
  reply: FastifyReply,
  { limit, after, ...filters }: PageQuery & Readonly<Record<string, string | number | undefined>>,
  find: (after: string | null, limit: number) => Promise<readonly Row[]>,
  place: Place<Row>,
): Promise<readonly Row[]> {
  const path = reply.request.url.split('?')[0] ?? '';
  const listing = [path, filters];
  const found = await find(
    after === undefined ? null : openCursor(after, listing, (text) => (place.form.test(text) ? text : null)),
    limit + 1,
  );
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  if (found.length > limit && last !== undefined) {
    reply.header('link', nextLink(path, { limit, ...filters }, sealCursor(place.of(last), listing)));
  }
  return shown;
}
