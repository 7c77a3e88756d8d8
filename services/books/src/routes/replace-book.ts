import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Books } from '../domain/book.ts';
import { changeBook } from '../domain/change-book.ts';
import { BookContentSchema, BookParamsSchema, formatBook, IfMatchSchema, OneBookSchema } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { formatEntityTag, parseIfMatch } from './entity-tags.ts';

/** Replaces everything that the client decides; ids are ours, so `PUT` creates nothing. */
export const replaceBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.put(
    '/books/:id',
    {
      config: { problems: ['precondition_failed'] },
      onRequest: requireScope('books:write'),
      schema: {
        summary: 'Replace a book',
        description: 'Replaces title and author. The service assigns the ids, so this creates no new book.',
        params: BookParamsSchema,
        headers: IfMatchSchema,
        body: BookContentSchema,
        response: { 200: OneBookSchema },
      },
    },
    async ({ params, headers, body }, reply) => {
      const book = await changeBook(books, parseBookId(params.id), body, parseIfMatch(headers['if-match']));
      reply.header('etag', formatEntityTag(book.version));
      return formatBook(book);
    },
  );
};
