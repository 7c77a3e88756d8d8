import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Books } from '../domain/book.ts';
import { changeBook } from '../domain/change-book.ts';
import { BookContentSchema, BookParamsSchema, BookSchema, formatBook } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { formatEntityTag, parseIfMatch } from './entity-tags.ts';

/** All that is the client's to say is replaced; ids are ours, so `PUT` creates none. */
export const replaceBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.put(
    '/books/:id',
    {
      onRequest: requireScope('books:write'),
      schema: { params: BookParamsSchema, body: BookContentSchema, response: { 200: BookSchema } },
    },
    async ({ params, headers, body }, reply) => {
      const book = await changeBook(books, parseBookId(params.id), body, parseIfMatch(headers['if-match']));
      reply.header('etag', formatEntityTag(book.version));
      return formatBook(book);
    },
  );
};
