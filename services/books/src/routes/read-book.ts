import { Problem } from '@countersign/problems';
import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Books } from '../domain/book.ts';
import { BookParamsSchema, BookSchema, formatBook } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { formatEntityTag, hasEntityTag, parseIfMatch } from './entity-tags.ts';

export const readBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.get(
    '/books/:id',
    { onRequest: requireScope('books:read'), schema: { params: BookParamsSchema, response: { 200: BookSchema, 304: Type.Null() } } },
    async ({ params, headers }, reply) => {
      const book = await books.find(parseBookId(params.id));
      if (book === null) throw new Problem('not_found');
      const expected = parseIfMatch(headers['if-match']);
      if (expected !== null && !expected.includes(book.version)) throw new Problem('precondition_failed');
      reply.headers({ etag: formatEntityTag(book.version), 'cache-control': 'private, no-cache' });
      if (hasEntityTag(headers['if-none-match'], book.version)) return reply.code(304).send(null);
      return formatBook(book);
    },
  );
};
