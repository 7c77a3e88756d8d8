import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);

async function createBook() {
  const created = await app.post('/books', { payload: { title: 'Fiasco', author: 'Lem' } });
  return { url: created.headers.location as string, etag: created.headers.etag as string, book: created.json() };
}

t.test('PATCH changes what it holds and leaves the rest, in both content types (RFC 7396)', async (t) => {
  const { url } = await createBook();
  t.match((await app.patch(url, { payload: { title: 'Golem XIV' } })).json(), { title: 'Golem XIV', author: 'Lem' });
  const merged = await app.patch(url, { payload: '{"author":"S. Lem"}', headers: { 'content-type': 'application/merge-patch+json' } });
  t.equal(merged.statusCode, 200);
  t.match(merged.json(), { title: 'Golem XIV', author: 'S. Lem' });
  t.equal(merged.headers['content-location'], url);
  t.equal(merged.headers.etag, (await app.get(url)).headers.etag, 'the version that the next change may expect');
  t.match((await app.patch(url, { payload: {} })).json(), { title: 'Golem XIV', author: 'S. Lem' });
  for (const found of ['golem', 's. lem']) t.equal((await app.get(`/books?q=${encodeURIComponent(found)}`)).json().length, 1, found);
});

t.test('a merge that would leave no book is refused, and changes nothing', async (t) => {
  const { url, book } = await createBook();
  const patches: [string, unknown][] = [
    ['/title', { title: null }],
    ['/author', { author: null }],
    ['/id', { id: 7 }],
    ['/extra', { title: 'Eden', extra: null }],
    ['/title', { title: ' ' }],
    ['', []],
    ['', 'Eden'],
    ['', null],
  ];
  for (const [path, patch] of patches) {
    const answer = await app.patch(url, { payload: JSON.stringify(patch), headers: { 'content-type': 'application/merge-patch+json' } });
    t.equal(answer.statusCode, 400, JSON.stringify(patch));
    t.equal(answer.json().code, 'validation_failed');
    t.strictSame(
      answer.json().errors.map((fault: { path: string }) => fault.path),
      [`body${path}`],
    );
  }
  const empty = await app.patch(url, { payload: '', headers: { 'content-type': 'application/merge-patch+json' } });
  t.equal(empty.statusCode, 400);
  const other = await app.patch(url, { payload: '[]', headers: { 'content-type': 'application/json-patch+json' } });
  t.equal(other.statusCode, 415);
  t.strictSame((await app.get(url)).json(), book);
});

t.test('a client learns which patches a book takes: by OPTIONS, and where it sent another (RFC 5789)', async (t) => {
  const { url } = await createBook();
  const taken = 'application/merge-patch+json, application/json';
  t.equal((await app.options(url)).headers['accept-patch'], taken);
  const other = await app.patch(url, { payload: '[]', headers: { 'content-type': 'application/json-patch+json' } });
  t.match(other, { statusCode: 415, headers: { 'accept-patch': taken } });
  t.notOk('accept-patch' in (await app.options('/books')).headers, 'of what takes none');
});

t.test('PATCH with If-Match changes only that version, else 412 and nothing', async (t) => {
  const { url, etag, book } = await createBook();
  for (const header of ['"other"', `W/${etag}`, etag.replaceAll('"', ''), '""', '']) {
    const refused = await app.patch(url, { payload: { title: 'Eden' }, headers: { 'if-match': header } });
    t.equal(refused.statusCode, 412, header);
    t.equal(refused.json().code, 'precondition_failed');
  }
  t.strictSame((await app.get(url)).json(), book);
  t.equal((await app.patch(url, { payload: { title: 'Eden' }, headers: { 'if-match': `"other", ${etag}` } })).statusCode, 200);
  t.equal((await app.patch(url, { payload: { title: 'Eden' }, headers: { 'if-match': etag } })).statusCode, 412);
  t.equal((await app.patch(url, { payload: { title: 'Eden' }, headers: { 'if-match': '*' } })).statusCode, 200);
});
