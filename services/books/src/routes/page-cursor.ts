import { createHash } from 'node:crypto';
import { Problem } from '@countersign/problems';
import type { Listing, Position } from '../domain/book.ts';

/** Opaque to clients; for us it reads `id.value.seal`, the value in base64url and empty in a listing by id. */
const CURSOR = /^([1-9]\d{0,15})\.([\w-]*)\.[\w-]+$/;

/** What `after` takes: a position, sealed with a digest that binds it to the one listing it was made for. */
export function formatCursor({ id, value }: Position, listing: Listing): string {
  const place = `${id}.${Buffer.from(value ?? '').toString('base64url')}`;
  return `${place}.${seal(place, listing)}`;
}

/** @throws Problem `validation_failed` for a cursor that is malformed, foreign, or of another sort or filter */
export function parseCursor(cursor: string, listing: Listing): Position {
  const [, id, encoded = ''] = CURSOR.exec(cursor) ?? [];
  const value = Buffer.from(encoded, 'base64url').toString();
  const position = { id: Number(id), value: listing.sort === 'id' ? null : value };
  // Postgres has no U+0000 to compare with; made again, it shows every other fault.
  if (value.includes('\0') || !Number.isSafeInteger(position.id) || formatCursor(position, listing) !== cursor) {
    const detail = 'after is no cursor of this listing: take it from the Link header, and keep sort, q and author as they were.';
    throw new Problem('validation_failed', { detail });
  }
  return position;
}

/** Holds no secret: whoever makes one up has named a place, and may read from there anyway. */
function seal(place: string, { sort, descending, q, author }: Listing): string {
  const listed = JSON.stringify(['books', place, sort, descending, q, author]);
  return createHash('sha256').update(listed).digest('base64url').slice(0, 12);
}
