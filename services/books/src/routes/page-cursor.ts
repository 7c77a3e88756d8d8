import { fieldFault } from '@countersign/problems';
import { openCursor, sealCursor } from '@countersign/service';
import type { Listing, Position } from '../domain/book.ts';

/** The value of `after`: the last book of a page, as its id and the value that the listing is sorted by. */
export function formatCursor({ id, value }: Position, listing: Listing): string {
  return sealCursor(`${id} ${value ?? ''}`, everythingAbout(listing));
}

/** @throws Problem `validation_failed` for a cursor that is malformed, foreign, or of another sort or filter */
export function parseCursor(cursor: string, listing: Listing): Position {
  const [, digits, value = ''] = /^(\d{1,16}) (.*)$/s.exec(openCursor(cursor, everythingAbout(listing))) ?? [];
  const id = Number(digits);
  // The seal isn't a secret, so a place can be made up; Postgres can compare with neither such a number nor U+0000.
  if (!Number.isSafeInteger(id) || value.includes('\0')) throw fieldFault('querystring/after', 'names no place in this listing');
  return { id, value: listing.sort === 'id' ? null : value };
}

function everythingAbout({ sort, descending, q, author }: Listing): readonly unknown[] {
  return ['books', sort, descending, q, author];
}
