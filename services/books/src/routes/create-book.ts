import type { Server } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import type { Books } from '../domain/book.ts';
import { BookBody, NewBookAnswer } from './book.schema.ts';
import { pathOf, sendChangedBook } from './changed-book.ts';

export async function createBookRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  const schema = { summary: 'Add a book', body: BookBody, response: { 201: NewBookAnswer } };
  server.post('/books', { onRequest: requireScope('books:write'), schema }, async ({ body }, reply) => {
    const book = await books.add(body);
    return sendChangedBook(reply.code(201).header('location', pathOf(book)), book);
  });
}
