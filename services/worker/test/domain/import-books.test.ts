import t from 'tap';
import { importBooks, type Library } from '../../src/domain/import-books.ts';
import { STARTER_BOOKS } from '../../src/domain/starter-books.ts';

function library(...books: { title: string; author: string }[]): Library & { books: typeof books } {
  return {
    books,
    titlesBy: async (author) => new Set(books.filter((book) => book.author === author).map(({ title }) => title)),
    add: async (book) => {
      books.push(book);
      return null;
    },
  };
}

t.test('what is missing is added, once, however often the import runs', async (t) => {
  const shelf = library({ title: 'Emma', author: 'Jane Austen' }, { title: 'Emma', author: 'Somebody Else' });
  t.match(await importBooks(shelf, STARTER_BOOKS), { added: STARTER_BOOKS.length - 1 });
  t.match(await importBooks(shelf, STARTER_BOOKS), { added: 0 });
  t.equal(shelf.books.length, STARTER_BOOKS.length + 1);
});

t.test('a book that stands in the list twice is added once', async (t) => {
  const shelf = library();
  const book = { title: 'Emma', author: 'Jane Austen' };
  t.match(await importBooks(shelf, [book, { title: 'Emma', author: 'Nobody' }, book]), { added: 2 });
});

t.test('an import that failed half way goes on where it stopped', async (t) => {
  const shelf = library();
  let left = 5;
  const failing: Library = {
    titlesBy: shelf.titlesBy,
    add: async (book) => {
      if (left-- === 0) throw new Error('gone');
      return await shelf.add(book);
    },
  };
  await t.rejects(importBooks(failing, STARTER_BOOKS), /gone/);
  t.equal(shelf.books.length, 5);
  t.match(await importBooks(shelf, STARTER_BOOKS), { added: STARTER_BOOKS.length - 5 });
});

t.test('a refused book is told with the reason, and stops no other', async (t) => {
  const shelf = library();
  const choosy: Library = {
    titlesBy: shelf.titlesBy,
    add: async (book) => (book.title === 'Emma' ? 'No more Emmas.' : await shelf.add(book)),
  };
  const { added, refused } = await importBooks(choosy, STARTER_BOOKS);
  t.equal(added, STARTER_BOOKS.length - 1);
  t.strictSame(refused, [{ title: 'Emma', author: 'Jane Austen', reason: 'No more Emmas.' }]);
});

t.test('the starter list fits the books service’s limits', async (t) => {
  t.ok(STARTER_BOOKS.every(({ title, author }) => title.length <= 100 && author.length <= 50));
});
