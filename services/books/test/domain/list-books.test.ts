import assert from 'node:assert/strict';
import { testDatabase } from '@countersign/testing';
import fc from 'fast-check';
import t from 'tap';
import type { Book, Listing, Position } from '../../src/domain/book.ts';
import { foldCase } from '../../src/domain/fold-case.ts';
import { listBooks } from '../../src/domain/list-books.ts';
import { migrations } from '../../src/migrations.ts';
import { createPostgresBooks } from '../../src/stores/books.postgres.ts';
import { books as table } from '../../src/stores/schema.ts';

const { db } = await testDatabase(t, { migrations });
const books = createPostgresBooks(db);

/** Few characters, so that books share titles, and ones that locales, UTF-16 and bytes order differently. */
const characters = fc.constantFrom('a', 'A', 'é', 'É', 'ß', '\uE000', '💥', '%', '_', '\\', ' ');
const text = fc.string({ unit: characters, minLength: 1, maxLength: 3 });
const content = fc.record({ title: text, author: text });
const listing: fc.Arbitrary<Listing> = fc.record({
  sort: fc.constantFrom('id', 'title', 'author'),
  descending: fc.boolean(),
  q: fc.oneof(fc.constant(''), text),
  author: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: text }),
});
/** What happens between two pages: a book is added, or one that was there at the start is removed. */
const changes = fc.array(fc.oneof(content, fc.nat(11)), { maxLength: 4 });

t.test('walking the pages shows every book of the listing once and in order, whatever comes and goes meanwhile', async () => {
  const shelf = fc.array(content, { maxLength: 12 });
  const limit = fc.integer({ min: 1, max: 4 });
  const property = fc.asyncProperty(shelf, listing, limit, fc.array(changes, { maxLength: 8 }), async (shelf, listing, limit, turns) => {
    await db.delete(table);
    const remaining: Book[] = [];
    for (const content of shelf) remaining.push(await books.add(content));
    const came: Book[] = [];

    const shown: Book[] = [];
    let position: Position | null = null;
    do {
      const page = await listBooks(books, listing, position, limit);
      shown.push(...page.books);
      position = page.next;
      for (const change of position === null ? [] : (turns.pop() ?? [])) {
        if (typeof change === 'object') came.push(await books.add(change));
        else for (const { id } of remaining.splice(change, 1)) await books.remove(id, null);
      }
    } while (position !== null);

    const ids = new Set(shown.map(({ id }) => id));
    const late = came.filter(({ id }) => ids.has(id));
    const gone = shown.filter((book) => !remaining.concat(late).some(({ id }) => id === book.id));
    // Everything that stayed is there; of what was added or removed, what was seen is in its place.
    assert.deepEqual(shown, expectedOrder([...remaining, ...late, ...gone], listing));
  });
  await fc.assert(property, { numRuns: 100 });
});

t.test('a page is as long as its limit, and only the last one has no next', async (t) => {
  await db.delete(table);
  for (const title of ['a', 'b', 'c', 'd']) await books.add({ title, author: 'x' });
  const listing: Listing = { sort: 'title', descending: true, q: '', author: null };
  const first = await listBooks(books, listing, null, 2);
  t.strictSame(
    first.books.map(({ title }) => title),
    ['d', 'c'],
  );
  const last = await listBooks(books, listing, first.next, 2);
  t.strictSame(
    last.books.map(({ title }) => title),
    ['b', 'a'],
  );
  t.equal(last.next, null);
});

/** The listing by its definition: filter, then sort by bytes and id. */
function expectedOrder(all: readonly Book[], { sort, descending, q, author }: Listing): Book[] {
  const found = all.filter(
    (book) => (author === null || book.author === author) && [book.title, book.author].some((text) => foldCase(text).includes(foldCase(q))),
  );
  const ascending = found.toSorted(
    (a, b) => (sort === 'id' ? 0 : Buffer.compare(Buffer.from(a[sort]), Buffer.from(b[sort]))) || a.id - b.id,
  );
  return descending ? ascending.reverse() : ascending;
}
