import type { Book, Books, Listing, Position } from './book.ts';

export interface Page {
  readonly books: readonly Book[];
  /** Where the next page begins; `null` on the last one. */
  readonly next: Position | null;
}

/**
 * One page of a listing, found by the position of the last book shown, never by counting: the last of a million books costs as much as the
 * first, and books that are added or removed meanwhile neither repeat nor hide others.
 */
export async function listBooks(books: Books, listing: Listing, after: Position | null, limit: number): Promise<Page> {
  const found = await books.findAfter(listing, after, limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return { books: shown, next: found.length > limit && last !== undefined ? positionOf(last, listing) : null };
}

function positionOf(book: Book, { sort }: Listing): Position {
  return { id: book.id, value: sort === 'id' ? null : book[sort] };
}
