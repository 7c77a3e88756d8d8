import { Problem } from '@countersign/problems';
import type { Book, BookContent, Books, ExpectedVersions } from './book.ts';

/** Changes the fields in `changes` and leaves the others as they are. */
export async function changeBook(books: Books, id: number, changes: Partial<BookContent>, expected: ExpectedVersions): Promise<Book> {
  const book = await books.change(id, changes, expected);
  if (book === null) throw await whyUntouched(books, id);
  return book;
}

export async function removeBook(books: Books, id: number, expected: ExpectedVersions): Promise<void> {
  const removed = await books.remove(id, expected);
  if (!removed) throw await whyUntouched(books, id);
}

/** Reads only after the change has failed, to name the refusal. */
async function whyUntouched(books: Books, id: number): Promise<Problem> {
  return new Problem((await books.find(id)) === null ? 'not_found' : 'precondition_failed');
}
