import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);
const createBook = async () =>
  (await app.post('/books', { payload: { title: 'Fiasco', author: 'Lem' } })).headers as { location: string; etag: string };

t.test('a deleted book is gone, for a second deletion too', async (t) => {
  const { location } = await createBook();
  const deleted = await app.delete(location);
  t.equal(deleted.statusCode, 204);
  t.equal(deleted.body, '');
  t.equal((await app.get(location)).statusCode, 404);
  t.equal((await app.delete(location)).statusCode, 404);
});

t.test('with If-Match only that version is deleted, else 412 and it stays', async (t) => {
  const { location, etag } = await createBook();
  await app.patch(location, { payload: { title: 'Eden' } });
  const refused = await app.delete(location, { headers: { 'if-match': etag } });
  t.equal(refused.statusCode, 412);
  t.equal(refused.json().code, 'precondition_failed');
  const read = await app.get(location);
  t.equal(read.statusCode, 200);
  t.equal((await app.delete(location, { headers: { 'if-match': String(read.headers.etag) } })).statusCode, 204);
});
