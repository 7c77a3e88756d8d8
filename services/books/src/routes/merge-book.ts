import { requireScope } from '@countersign/verifier';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Books } from '../domain/book.ts';
import { changeBook } from '../domain/change-book.ts';
import { BookParamsSchema, BookPatchSchema, BookSchema, formatBook } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { formatEntityTag, parseIfMatch } from './entity-tags.ts';

/** A JSON merge patch (RFC 7396), under its own media type or as plain JSON. */
export const mergeBookRoute: FastifyPluginAsyncTypebox<{ books: Books }> = async (server, { books }) => {
  server.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, server.getDefaultJsonParser('error', 'error'));

  server.patch(
    '/books/:id',
    { onRequest: requireScope('books:write'), schema: { params: BookParamsSchema, body: BookPatchSchema, response: { 200: BookSchema } } },
    async ({ params, headers, body }, reply) => {
      const book = await changeBook(books, parseBookId(params.id), body, parseIfMatch(headers['if-match']));
      reply.header('etag', formatEntityTag(book.version));
      return formatBook(book);
    },
  );
};
