import { NEXT_PAGE, nextLink, pageQuery, type Server, STORABLE_TEXT } from '@countersign/service';
import { requireScope } from '@countersign/verifier';
import { type Static, Type } from 'typebox';
import type { Books, Listing } from '../domain/book.ts';
import { listBooks } from '../domain/list-books.ts';
import { BookAnswer, formatBook, MAX_AUTHOR_CHARACTERS, MAX_TITLE_CHARACTERS } from './book.schema.ts';
import { formatCursor, parseCursor } from './page-cursor.ts';

const Query = Type.Object(
  {
    ...pageQuery,
    q: Type.String({
      maxLength: MAX_TITLE_CHARACTERS,
      pattern: STORABLE_TEXT,
      default: '',
      description: 'part of the title or the author, ignoring case',
    }),
    author: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_AUTHOR_CHARACTERS,
        pattern: STORABLE_TEXT,
        description: 'the exact, full name of the author',
      }),
    ),
    sort: Type.Enum(['id', '-id', 'title', '-title', 'author', '-author'], {
      default: 'id',
      description: 'The order, which `-` reverses. Books with the same title or author are ordered by `id`, in the same direction.',
    }),
  },
  { additionalProperties: false },
);

export async function listBooksRoute(server: Server, { books }: { readonly books: Books }): Promise<void> {
  const schema = {
    summary: 'List books',
    description: 'One page of the books. The next one is at the URL in the `Link` header, and costs as much as the first.',
    querystring: Query,
    response: { 200: Type.Array(BookAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/books', { onRequest: requireScope('books:read'), schema }, async ({ query }, reply) => {
    const listing = parseListing(query);
    const after = query.after === undefined ? null : parseCursor(query.after, listing);
    const page = await listBooks(books, listing, after, query.limit);
    reply.header('cache-control', 'private, no-cache');
    if (page.next !== null)
      reply.header('link', nextLink('/books', { ...query, q: query.q || undefined }, formatCursor(page.next, listing)));
    return page.books.map(formatBook);
  });
}

function parseListing({ sort, q, author }: Static<typeof Query>): Listing {
  const descending = sort.startsWith('-');
  return { sort: (descending ? sort.slice(1) : sort) as Listing['sort'], descending, q, author: author ?? null };
}
