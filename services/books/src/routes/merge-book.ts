import { parseAsJson, type Server } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import type { Books } from '../domain/book.ts';
import { changeBook } from '../domain/change-book.ts';
import { BookParams, BookPatchBody, ChangedBookAnswer, PreconditionHeaders } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { sendChangedBook } from './changed-book.ts';
import { parseExpectedVersions } from './entity-tags.ts';

/** `PATCH /books/{id}`: a JSON merge patch (RFC 7396), under its own media type or as plain JSON. */
export async function mergeBookRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  parseAsJson(server, 'application/merge-patch+json');

  const config = { problems: ['precondition_failed'] as const };
  const schema = {
    summary: 'Change a book',
    description: 'A JSON merge patch (RFC 7396): members that are sent replace the old ones; the others stay unchanged.',
    consumes: ['application/merge-patch+json', 'application/json'],
    params: BookParams,
    headers: PreconditionHeaders,
    body: BookPatchBody,
    response: { 200: ChangedBookAnswer },
  };
  server.patch('/books/:id', { config, onRequest: requireScope('books:write'), schema }, async ({ params, headers, body }, reply) => {
    const book = await changeBook(books, parseBookId(params.id), body, parseExpectedVersions(headers));
    return sendChangedBook(reply, book);
  });
}
