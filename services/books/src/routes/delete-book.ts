import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Books } from '../domain/book.ts';
import { removeBook } from '../domain/change-book.ts';
import { BookParamsSchema, IfMatchSchema } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { parseIfMatch } from './entity-tags.ts';

export const deleteBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.delete(
    '/books/:id',
    {
      config: { problems: ['precondition_failed'] },
      onRequest: requireScope('books:delete'),
      schema: { summary: 'Delete a book', params: BookParamsSchema, headers: IfMatchSchema, response: { 204: Type.Null() } },
    },
    async ({ params, headers }, reply) => {
      await removeBook(books, parseBookId(params.id), parseIfMatch(headers['if-match']));
      return reply.code(204).send(null);
    },
  );
};
