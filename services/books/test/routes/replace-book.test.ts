import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);

async function createBook() {
  const created = await app.post('/books', { payload: { title: 'Fiasco', author: 'Lem' } });
  return { url: created.headers.location as string, etag: created.headers.etag as string, book: created.json() };
}

t.test('PUT replaces the book: a new version, the same id and time of creation', async (t) => {
  const { url, etag, book } = await createBook();
  const replaced = await app.put(url, { payload: { title: 'Eden', author: 'S. Lem' } });
  t.equal(replaced.statusCode, 200);
  t.match(replaced.json(), { id: book.id, created_at: book.created_at, title: 'Eden', author: 'S. Lem' });
  t.ok(replaced.json().updated_at >= book.updated_at);
  t.not(replaced.headers.etag, etag);
  t.equal(replaced.headers['content-location'], url, 'the body is the book, and the ETag its own (RFC 9110, section 8.7)');
  const read = await app.get(url);
  t.strictSame(read.json(), replaced.json());
  t.equal(read.headers.etag, replaced.headers.etag);
  t.equal((await app.put(url, { payload: { title: 'Half a book' } })).statusCode, 400);
});

t.test('PUT takes JSON alone: a merge patch is PATCH’s', async (t) => {
  const { url } = await createBook();
  const payload = JSON.stringify({ title: 'Eden', author: 'Lem' });
  const put = (type: string) => app.put(url, { payload, headers: { 'content-type': type } });
  t.equal((await put('application/merge-patch+json')).statusCode, 415);
  t.equal((await put('application/json')).statusCode, 200);
});

t.test('PUT with If-Match changes only that version, else 412 and nothing', async (t) => {
  const { url, etag, book } = await createBook();
  for (const header of ['"other"', `W/${etag}`, etag.replaceAll('"', ''), '""', '']) {
    const refused = await app.put(url, { payload: { title: 'Eden', author: 'Lem' }, headers: { 'if-match': header } });
    t.equal(refused.statusCode, 412, header);
    t.equal(refused.json().code, 'precondition_failed');
  }
  t.strictSame((await app.get(url)).json(), book);
  t.equal((await app.put(url, { payload: { title: 'Eden', author: 'Lem' }, headers: { 'if-match': `"other", ${etag}` } })).statusCode, 200);
  t.equal((await app.put(url, { payload: { title: 'Eden', author: 'Lem' }, headers: { 'if-match': etag } })).statusCode, 412);
  t.equal((await app.put(url, { payload: { title: 'Eden', author: 'Lem' }, headers: { 'if-match': '*' } })).statusCode, 200);
});

t.test('of 20 PUTs at once with one ETag exactly one wins, and the book is the winner’s', async (t) => {
  const { url, etag } = await createBook();
  const puts = Array.from({ length: 20 }, (_, index) =>
    app.put(url, { payload: { title: `Attempt ${index}`, author: 'Lem' }, headers: { 'if-match': etag } }),
  );
  const answers = await Promise.all(puts);
  const won = answers.filter(({ statusCode }) => statusCode === 200);
  t.equal(won.length, 1);
  t.equal(answers.filter(({ statusCode }) => statusCode === 412).length, 19);
  t.strictSame((await app.get(url)).json(), won[0]?.json());
});
