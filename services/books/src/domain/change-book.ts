import { Problem } from '@countersign/problems';
import type { Book, BookContent, Books, ExpectedVersions } from './book.ts';

/** Writes what `changes` holds and leaves the rest as it is. */
export async function changeBook(books: Books, id: number, changes: Partial<BookContent>, expected: ExpectedVersions): Promise<Book> {
  const book = await books.change(id, changes, expected);
  if (book === null) throw await whyUntouched(books, id);
  return book;
}

export async function removeBook(books: Books, id: number, expected: ExpectedVersions): Promise<void> {
  const removed = await books.remove(id, expected);
  if (!removed) throw await whyUntouched(books, id);
}

/** Reads only after the fact, to name the refusal: the change itself was the decision. */
async function whyUntouched(books: Books, id: number): Promise<Problem> {
  return new Problem((await books.find(id)) === null ? 'not_found' : 'precondition_failed');
}
