import { Problem } from '@countersign/problems';
import { NotModified, type Server } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import { Type } from 'typebox';
import type { Books } from '../domain/book.ts';
import { BookParams, formatBook, IfMatchHeaders, OneBookAnswer } from './book.schema.ts';
import { parseBookId } from './book-id.ts';
import { formatEntityTag, hasEntityTag, parseIfMatch } from './entity-tags.ts';

const ReadHeaders = Type.Object({
  ...IfMatchHeaders.properties,
  'if-none-match': Type.Optional(
    Type.String({ description: 'ETags that the client already has: 304 when the book still has one of them.' }),
  ),
});

export async function readBookRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  const config = { problems: ['precondition_failed'] as const };
  const schema = {
    summary: 'Read a book',
    params: BookParams,
    headers: ReadHeaders,
    response: { 200: OneBookAnswer, 304: NotModified },
  };
  server.get('/books/:id', { config, onRequest: requireScope('books:read'), schema }, async ({ params, headers }, reply) => {
    const book = await books.find(parseBookId(params.id));
    if (book === null) throw new Problem('not_found');
    const expected = parseIfMatch(headers['if-match']);
    if (expected !== null && !expected.includes(book.version)) throw new Problem('precondition_failed');
    reply.headers({ etag: formatEntityTag(book.version), 'cache-control': 'private, no-cache' });
    if (hasEntityTag(headers['if-none-match'], book.version)) return reply.code(304).send(undefined);
    return formatBook(book);
  });
}
