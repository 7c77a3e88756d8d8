import { createHash } from 'node:crypto';
import { fieldFault, Problem } from '@countersign/problems';
import { Type } from 'typebox';

/** The query of every paged array, as properties of its schema. */
export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'How many a page has at most.' }),
  after: Type.Optional(
    Type.String({ maxLength: 2048, description: 'where the page begins: the cursor in the Link header of the page before' }),
  ),
};

/** The headers of an answer that is one page of several. */
export const NEXT_PAGE = { Link: { type: 'string', description: 'With `rel="next"` (RFC 8288); absent on the last page.' } };

/**
 * The value of `after`: a place in a listing, opaque to clients, and sealed with a digest that binds it to that listing.
 * The seal involves no secret: a client that makes one up has named a place, and may read from there anyway.
 *
 * @param listing - everything that decides what is listed and in which order: its name, filters, sort
 */
export function sealCursor(place: string, listing: readonly unknown[]): string {
  const encoded = Buffer.from(place).toString('base64url');
  const seal = createHash('sha256')
    .update(JSON.stringify([place, ...listing]))
    .digest('base64url');
  return `${encoded}.${seal.slice(0, 12)}`;
}

/**
 * The place in a cursor.
 *
 * @param parse - gives `null` for what can't be a place of this listing: anyone may have sealed it
 * @throws Problem `validation_failed` for such a place, and for a cursor that was not made for this listing
 */
export function openCursor<Place>(cursor: string, listing: readonly unknown[], parse: (text: string) => Place | null): Place {
  const text = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString();
  if (sealCursor(text, listing) !== cursor) {
    throw new Problem('validation_failed', {
      detail: "after isn't a cursor of this listing: take it from the Link header, and keep the other parameters as they were.",
      errors: [{ path: 'querystring/after', message: "isn't a cursor of this listing" }],
    });
  }
  const place = parse(text);
  if (place === null) throw fieldFault('querystring/after', 'names no place in this listing');
  return place;
}

/** The `Link` header of a page that has a next one (RFC 8288). Without an origin, so that it is right behind any gateway. */
export function nextLink(path: string, query: Readonly<Record<string, string | number | undefined>>, after: string): string {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, after })) if (value !== undefined) kept.append(name, String(value));
  return `<${path}?${kept}>; rel="next"`;
}
