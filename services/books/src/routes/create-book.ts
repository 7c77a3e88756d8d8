import type { Server } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import type { Books } from '../domain/book.ts';
import { BookBody, formatBook, NewBookAnswer } from './book.schema.ts';
import { formatEntityTag } from './entity-tags.ts';

/** `POST /books`: a new book. */
export async function createBookRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  const schema = { summary: 'Add a book', body: BookBody, response: { 201: NewBookAnswer } };
  server.post('/books', { onRequest: requireScope('books:write'), schema }, async ({ body }, reply) => {
    const book = await books.add(body);
    reply.headers({ location: `/books/${book.id}`, etag: formatEntityTag(book.version) });
    return reply.code(201).send(formatBook(book));
  });
}
