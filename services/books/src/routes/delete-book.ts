import type { Server } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import { Type } from 'typebox';
import type { Books } from '../domain/book.ts';
import { removeBook } from '../domain/change-book.ts';
import { BookParams, PreconditionHeaders } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { parseExpectedVersions } from './entity-tags.ts';

export async function deleteBookRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  const config = { problems: ['precondition_failed'] as const };
  const schema = { summary: 'Delete a book', params: BookParams, headers: PreconditionHeaders, response: { 204: Type.Null() } };
  server.delete('/books/:id', { config, onRequest: requireScope('books:delete'), schema }, async ({ params, headers }, reply) => {
    await removeBook(books, parseBookId(params.id), parseExpectedVersions(headers));
    return reply.code(204).send(null);
  });
}
