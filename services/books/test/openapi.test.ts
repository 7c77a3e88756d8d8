import { documentFaults, holdToDocument, operationsOf } from '@countersign/testing';
import t from 'tap';
import { startBooksApp } from './books-app.ts';

const { routes } = holdToDocument(t);
const { server } = await startBooksApp(t);
await server.ready();

/** Internal routes, and those that serve the document itself. */
const LEFT_OUT = ['/books/docs', '/books/docs/openapi.json', '/livez', '/metrics', '/readyz'];

t.test('every route is in the document but those that are left out on purpose', async (t) => {
  const documented = operationsOf(server.apiDocument());
  const offered = [...routes].filter((route) => !route.startsWith('HEAD '));
  t.strictSame(
    offered.filter((route) => !documented.includes(route)).sort(),
    LEFT_OUT.map((path) => `GET ${path}`),
  );
  t.strictSame(
    documented.filter((route) => !offered.includes(route)),
    [],
  );
});

t.test('the document is valid OpenAPI 3.1, each endpoint has a summary, and each example fits its schema', async (t) => {
  t.strictSame(await documentFaults(server.apiDocument()), []);
});

t.test('anybody can read the document and the page, which runs and fetches nothing', async (t) => {
  const document = await server.inject('/books/docs/openapi.json');
  t.equal(document.statusCode, 200);
  t.strictSame(document.json(), server.apiDocument());
  const page = await server.inject('/books/docs');
  t.equal(page.statusCode, 200);
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  t.match(page.headers['content-security-policy'], /^default-src 'none';style-src 'sha256-[^']+';/);
  t.notMatch(page.body, /<script|<link(?! rel="icon" href="data:,">)|<img|@import|url\(|\son\w+=/i);
  for (const path of Object.keys(server.apiDocument().paths))
    t.ok(page.body.includes(`</span> ${path}</p>`), `${path} is under a tag of src/api-description.ts`);
});

t.test('each command on the page goes to the origin that this service runs behind', async (t) => {
  const { server } = await startBooksApp(t, { ISSUER: 'https://origin.example' });
  const { body } = await server.inject('/books/docs');
  const called = [...body.matchAll(/curl [^<\n]*?(https?:\/\/[^/\s]+)/g)].map(([, origin]) => origin);
  t.strictSame([...new Set(called)], ['https://origin.example']);
  t.notMatch(body, 'localhost', 'nor do the examples name another');
});
