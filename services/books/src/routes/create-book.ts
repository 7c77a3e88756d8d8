import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Books } from '../domain/book.ts';
import { BookContentSchema, formatBook, NewBookSchema } from './book.schema.ts';
import { formatEntityTag } from './entity-tags.ts';

export const createBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.post(
    '/books',
    {
      onRequest: requireScope('books:write'),
      schema: { summary: 'Add a book', body: BookContentSchema, response: { 201: NewBookSchema } },
    },
    async ({ body }, reply) => {
      const book = await books.add(body);
      return reply
        .code(201)
        .headers({ location: `/books/${book.id}`, etag: formatEntityTag(book.version) })
        .send(formatBook(book));
    },
  );
};
