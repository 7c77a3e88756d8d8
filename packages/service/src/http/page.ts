import { createHash } from 'node:crypto';
import { fieldFault, Problem } from '@countersign/problems';
import { Type } from 'typebox';

export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'The maximum number of items on a page.' }),
  after: Type.Optional(
    Type.String({ maxLength: 2048, description: 'the cursor from the `Link` header of the previous page; the first page when left out' }),
  ),
};

export const NEXT_PAGE = {
  Link: { type: 'string', description: 'The URL of the next page, with `rel="next"` (RFC 8288); absent on the last page.' },
};

/**
 * The value of `after`: a place in a listing, opaque to clients, and sealed with a digest that binds it to that listing. The seal needs no
 * secret: a client that forges one has only named a place that it may read from anyway.
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
 * Opens a cursor.
 *
 * @param parse - `null` for what can't be a place of this listing: anyone may have sealed it
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

/** The `Link` header that names the next page (RFC 8288). It has no origin, so it is right behind any gateway. */
export function nextLink(path: string, query: Readonly<Record<string, string | number | undefined>>, after: string): string {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, after })) if (value !== undefined) kept.append(name, String(value));
  return `<${path}?${kept}>; rel="next"`;
}
