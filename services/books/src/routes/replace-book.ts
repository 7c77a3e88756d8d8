import type { Server } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import type { BookContent, Books } from '../domain/book.ts';
import { changeBook } from '../domain/change-book.ts';
import { BookBody, BookParams, ChangedBookAnswer, PreconditionHeaders } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { sendChangedBook } from './changed-book.ts';
import { parseExpectedVersions } from './entity-tags.ts';

export async function replaceBookRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  const config = { problems: ['precondition_failed'] as const };
  const schema = {
    summary: 'Replace a book',
    description: 'Replaces title and author. The service assigns the ids, so this creates no new book.',
    params: BookParams,
    headers: PreconditionHeaders,
    body: BookBody,
    response: { 200: ChangedBookAnswer },
  };
  server.put('/books/:id', { config, onRequest: requireScope('books:write'), schema }, async ({ params, headers, body }, reply) => {
    // The schema requires the whole content: a field that a body could leave out would keep its old value.
    const book = await changeBook(books, parseBookId(params.id), body satisfies BookContent, parseExpectedVersions(headers));
    return sendChangedBook(reply, book);
  });
}
