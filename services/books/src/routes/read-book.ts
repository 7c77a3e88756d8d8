import { Problem } from '@countersign/problems';
import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Books } from '../domain/book.ts';
import { BookParamsSchema, formatBook, IfMatchSchema, OneBookSchema } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { formatEntityTag, hasEntityTag, parseIfMatch } from './entity-tags.ts';

const ReadHeadersSchema = Type.Object({
  ...IfMatchSchema.properties,
  'if-none-match': Type.Optional(
    Type.String({ description: 'ETags that the client already has: 304 when the book still has one of them.' }),
  ),
});

export const readBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.get(
    '/books/:id',
    {
      config: { problems: ['precondition_failed'] },
      onRequest: requireScope('books:read'),
      schema: {
        summary: 'Read a book',
        params: BookParamsSchema,
        headers: ReadHeadersSchema,
        response: { 200: OneBookSchema, 304: Type.Null() },
      },
    },
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
