import { nextLink, openCursor, sealCursor } from '@countersign/service';
import type { FastifyReply } from 'fastify';

interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

/**
 * Reads one page of a listing, and puts a `Link` to the next one into the answer's header. The page is found by the place of
 * the last row that was shown, never by counting.
 *
 * @param query - its filters bind the cursor
 * @param find - rows beyond a place, in the order of the listing
 * @param placeOf - where a row stands in it
 */
export async function readPage<Row>(
  reply: FastifyReply,
  { limit, after, ...filters }: PageQuery & Readonly<Record<string, string | number | undefined>>,
  find: (after: string | null, limit: number) => Promise<readonly Row[]>,
  placeOf: (row: Row) => string,
): Promise<readonly Row[]> {
  const path = reply.request.url.split('?')[0] ?? '';
  const listing = [path, filters];
  const found = await find(after === undefined ? null : openCursor(after, listing), limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  if (found.length > limit && last !== undefined) {
    reply.header('link', nextLink(path, { limit, ...filters }, sealCursor(placeOf(last), listing)));
  }
  return shown;
}
