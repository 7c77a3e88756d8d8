import t from 'tap';
import { importBooks, type Library } from '../../src/domain/import-books.ts';
import { STARTER_BOOKS } from '../../src/domain/starter-books.ts';

function library(...books: { title: string; author: string }[]): Library & { books: typeof books } {
  return {
    books,
    titlesBy: async (author) => new Set(books.filter((book) => book.author === author).map(({ title }) => title)),
    add: async (book) => void books.push(book),
  };
}

t.test('what is missing is added, once, however often the import runs', async (t) => {
  const shelf = library({ title: 'Emma', author: 'Jane Austen' }, { title: 'Emma', author: 'Somebody Else' });
  t.equal(await importBooks(shelf, STARTER_BOOKS), STARTER_BOOKS.length - 1);
  t.equal(await importBooks(shelf, STARTER_BOOKS), 0);
  t.equal(shelf.books.length, STARTER_BOOKS.length + 1);
});

t.test('a book that stands in the list twice is added once', async (t) => {
  const shelf = library();
  const book = { title: 'Emma', author: 'Jane Austen' };
  t.equal(await importBooks(shelf, [book, { title: 'Emma', author: 'Nobody' }, book]), 2);
});

t.test('an import that failed half way goes on where it stopped', async (t) => {
  const shelf = library();
  let left = 5;
  const failing: Library = {
    titlesBy: shelf.titlesBy,
    add: async (book) => {
      if (left-- === 0) throw new Error('gone');
      await shelf.add(book);
    },
  };
  await t.rejects(importBooks(failing, STARTER_BOOKS), /gone/);
  t.equal(shelf.books.length, 5);
  t.equal(await importBooks(shelf, STARTER_BOOKS), STARTER_BOOKS.length - 5);
});

t.test('the starter list fits the books service’s limits', async (t) => {
  t.ok(STARTER_BOOKS.every(({ title, author }) => title.length <= 100 && author.length <= 50));
});
