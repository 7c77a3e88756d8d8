import t from 'tap';
import { startBooksApp } from '../books-app.ts';

const app = await startBooksApp(t);

async function createBook() {
  const { headers } = await app.post('/books', { payload: { title: 'Fiasco', author: 'Lem' } });
  return { url: headers.location as string, etag: headers.etag as string };
}

const changes = {
  PUT: (url: string, headers: Record<string, string>) => app.put(url, { payload: { title: 'Eden', author: 'Lem' }, headers }),
  PATCH: (url: string, headers: Record<string, string>) => app.patch(url, { payload: { title: 'Eden' }, headers }),
  DELETE: (url: string, headers: Record<string, string>) => app.delete(url, { headers }),
};

for (const [method, change] of Object.entries(changes)) {
  void t.test(
    `${method} with If-None-Match changes no version that it names, and none at all with * (RFC 9110, section 13.1.2)`,
    async (t) => {
      const { url, etag } = await createBook();
      const refused: Record<string, string>[] = [
        ...['*', etag, `W/${etag}`, `"other", ${etag}`].map((header) => ({ 'if-none-match': header })),
        { 'if-none-match': '*', 'if-match': etag },
        { 'if-none-match': etag, 'if-match': etag },
        { 'if-none-match': etag, 'if-match': '*' },
      ];
      for (const headers of refused) {
        const answer = await change(url, headers);
        t.match(answer.json(), { status: 412, code: 'precondition_failed' }, JSON.stringify(headers));
      }
      t.match(await app.get(url), { statusCode: 200, headers: { etag } }, 'nothing has changed');
      for (const headers of [
        { 'if-none-match': '"999", "other"' },
        { 'if-none-match': '"999"', 'if-match': '*' },
        { 'if-none-match': '' },
      ]) {
        const book = await createBook();
        t.ok((await change(book.url, headers)).statusCode < 300, JSON.stringify(headers));
      }
      t.ok((await change(url, { 'if-none-match': '"999"', 'if-match': etag })).statusCode < 300, 'both hold');
      t.equal((await change('/books/999999', { 'if-none-match': '*' })).statusCode, 404, 'where there is no book, there is none to change');
    },
  );
}
