import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);
const book = { title: 'Solaris', author: 'Stanisław Lem' };

t.test('a book that is posted gets an id, a place, a version and its times', async (t) => {
  const created = await app.post('/books', { payload: book });
  t.equal(created.statusCode, 201);
  const { id, created_at: createdAt, updated_at: updatedAt, ...rest } = created.json();
  t.strictSame(rest, book);
  t.ok(Number.isInteger(id));
  t.equal(createdAt, new Date(createdAt).toISOString());
  t.equal(updatedAt, createdAt);
  t.equal(created.headers.location, `/books/${id}`);
  t.equal(created.headers['content-location'], `/books/${id}`);
  const read = await app.get(`/books/${id}`);
  t.strictSame(read.json(), created.json());
  t.equal(created.headers.etag, read.headers.etag);
});

t.test('title and author are counted in characters, whatever these take, and kept as they are sent', async (t) => {
  for (const accepted of [
    { title: '💥'.repeat(100), author: '💥'.repeat(50) },
    { title: 'x', author: 'y' },
    { title: '  é e\u0301 \t\n\u0001\uFFFF ', author: `'; DROP TABLE books; --` },
  ]) {
    const created = await app.post('/books', { payload: accepted });
    t.equal(created.statusCode, 201, JSON.stringify(accepted));
    t.match(created.json(), accepted);
  }
});

t.test('a body that is not a book is refused with the places of its faults', async (t) => {
  const refused: [string, unknown][] = [
    ['/title', { ...book, title: '' }],
    ['/title', { ...book, title: ' \t\u00a0\n' }],
    ['/title', { ...book, title: 'x'.repeat(101) }],
    ['/title', { ...book, title: 'nul \0' }],
    ['/title', { ...book, title: 'half a pair \ud800' }],
    ['/title', { ...book, title: 7 }],
    ['/title', { ...book, title: null }],
    ['/title', { ...book, title: ['Solaris'] }],
    ['/author', { ...book, author: '' }],
    ['/author', { ...book, author: 'x'.repeat(51) }],
    ['/author', { ...book, author: '\udc00' }],
    ['/author', { title: 'Solaris' }],
    ['/id', { ...book, id: 7 }],
    ['/version', { ...book, version: 7 }],
    ['', []],
    ['', 'Solaris'],
    ['', null],
  ];
  for (const [path, body] of refused) {
    const answer = await app.post('/books', { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    const shown = JSON.stringify(body).slice(0, 80);
    t.equal(answer.statusCode, 400, shown);
    t.match(answer.json(), { code: 'validation_failed', errors: [{ message: /^(?:must|is) / }] }, shown);
    t.equal(answer.json().errors[0].path, `body${path}`, shown);
  }
  t.equal((await app.post('/books', { payload: book })).statusCode, 201);
});

t.test('a body that is not JSON is refused by its form', async (t) => {
  const answers = async (payload: string, type: string) => {
    const answer = await app.post('/books', { payload, headers: { 'content-type': type } });
    return [answer.statusCode, answer.json().code];
  };
  t.strictSame(await answers(JSON.stringify(book), 'application/json; charset=utf-8'), [201, undefined]);
  t.strictSame(await answers('{"title":', 'application/json'), [400, 'validation_failed']);
  t.strictSame(await answers('', 'application/json'), [400, 'validation_failed']);
  t.strictSame(await answers('{"__proto__":{},"title":"a","author":"b"}', 'application/json'), [400, 'validation_failed']);
  t.strictSame(await answers('title=a&author=b', 'application/x-www-form-urlencoded'), [415, 'unsupported_media_type']);
  t.strictSame(await answers(JSON.stringify(book), 'text/plain'), [415, 'unsupported_media_type']);
  t.strictSame(await answers(JSON.stringify(book), 'application/merge-patch+json'), [415, 'unsupported_media_type']);
  t.strictSame(await answers(JSON.stringify({ ...book, title: 'x'.repeat(70_000) }), 'application/json'), [413, 'payload_too_large']);
});
