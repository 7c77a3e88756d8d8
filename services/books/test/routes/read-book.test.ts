import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);
const { id } = (await app.post('/books', { payload: { title: 'Ubik', author: 'Philip K. Dick' } })).json();
const url = `/books/${id}`;

t.test('a book is read with a strong ETag, and is for its reader alone', async (t) => {
  const read = await app.get(url);
  t.equal(read.statusCode, 200);
  t.match(read.json(), { id, title: 'Ubik', author: 'Philip K. Dick' });
  t.match(read.headers.etag, /^"[^"]+"$/);
  t.equal(read.headers['cache-control'], 'private, no-cache');
  const head = await app.head(url);
  t.equal(head.statusCode, 200);
  t.equal(head.headers.etag, read.headers.etag);
  t.equal(head.body, '');
});

t.test('whoever has the version already gets 304 without a body; after a change, the book', async (t) => {
  const { etag } = (await app.get(url)).headers as { etag: string };
  for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const read = await app.get(url, { headers: { 'if-none-match': header } });
    t.equal(read.statusCode, 304, header);
    t.equal(read.body, '');
    t.equal(read.headers.etag, etag);
    // RFC 9110, section 8.6: it could only be the length of the book itself.
    t.notOk(read.headers['content-length'] ?? read.headers['content-type'], 'nothing is said of a body');
    const head = await app.head(url, { headers: { 'if-none-match': header } });
    t.match(head, { statusCode: 304, headers: { etag } });
    t.notOk(head.headers['content-length'] ?? head.headers['content-type'], 'in the answer to HEAD neither');
  }
  t.equal((await app.get(url, { headers: { 'if-none-match': '"other"' } })).statusCode, 200);
  await app.patch(url, { payload: { title: 'UBIK' } });
  t.equal((await app.get(url, { headers: { 'if-none-match': etag } })).statusCode, 200);
});

t.test('a version that is asked for by If-Match and gone is 412', async (t) => {
  const { etag } = (await app.get(url)).headers as { etag: string };
  t.equal((await app.get(url, { headers: { 'if-match': etag } })).statusCode, 200);
  t.equal((await app.get(url, { headers: { 'if-match': '"other"' } })).statusCode, 412);
  const both = { 'if-match': '"other"', 'if-none-match': etag };
  t.equal((await app.get(url, { headers: both })).statusCode, 412, 'whatever the client already has (RFC 9110, section 13.2.2)');
});

t.test('what is no id of a book is not found, for every method', async (t) => {
  const nobodys = [
    '9007199254740993',
    '9223372036854775808',
    '9'.repeat(40),
    '9'.repeat(500),
    '0',
    '-1',
    '1.5',
    'one',
    '%20',
    '%00',
    String(id + 1),
  ];
  for (const other of nobodys) {
    const headers = { 'if-match': '*' };
    const answers = [
      await app.get(`/books/${other}`),
      await app.put(`/books/${other}`, { payload: { title: 'a', author: 'b' }, headers }),
      await app.patch(`/books/${other}`, { payload: {}, headers: { 'if-match': '"1"' } }),
      await app.delete(`/books/${other}`, { headers }),
    ];
    for (const answer of answers) {
      t.equal(answer.statusCode, 404, other);
      t.equal(answer.json().code, 'not_found');
    }
  }
  t.equal((await app.get(url)).statusCode, 200);
});
