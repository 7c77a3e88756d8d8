import { openCursor, sealCursor } from '@countersign/service';
import type { Listing, Position } from '../domain/book.ts';

/** The value of `after`: the last book of a page, as its id and the value that the listing is sorted by. */
export function formatCursor({ id, value }: Position, listing: Listing): string {
  return sealCursor(`${id} ${value ?? ''}`, everythingAbout(listing));
}

/** @throws Problem `validation_failed` for a cursor that is malformed, foreign, or of another sort or filter */
export function parseCursor(cursor: string, listing: Listing): Position {
  return openCursor(cursor, everythingAbout(listing), (place) => parsePlace(place, listing));
}

/** `null` also for what Postgres can't compare with: a number out of range, and U+0000 in a text. */
function parsePlace(place: string, { sort }: Listing): Position | null {
  const [, digits, value = ''] = /^(\d{1,16}) (.*)$/s.exec(place) ?? [];
  const id = Number(digits);
  if (!Number.isSafeInteger(id) || value.includes('\0')) return null;
  return { id, value: sort === 'id' ? null : value };
}

function everythingAbout({ sort, descending, q, author }: Listing): readonly unknown[] {
  return ['books', sort, descending, q, author];
}
