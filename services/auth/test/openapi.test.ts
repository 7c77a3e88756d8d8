import { documentFaults, holdToDocument, operationsOf } from '@countersign/testing';
import t from 'tap';
import { testAuth } from './test-auth.ts';

const { routes } = holdToDocument(t);
const { app } = await testAuth(t);
await app.ready();

/** What only neighbours call, and what serves the document itself. */
const LEFT_OUT = ['GET /docs', 'GET /docs/openapi.json', 'GET /livez', 'GET /metrics', 'GET /readyz', 'POST /oauth/introspect'];

t.test('every route is in the document but those that are left out on purpose', async (t) => {
  const documented = operationsOf(app.apiDocument());
  const offered = [...routes].filter((route) => !route.startsWith('HEAD ') && !/ \/verify(\/\*)?$/.test(route));
  t.strictSame(offered.filter((route) => !documented.includes(route)).sort(), LEFT_OUT);
  t.strictSame(
    documented.filter((route) => !offered.includes(route)),
    [],
  );
});

t.test('the document is valid OpenAPI 3.1, each endpoint has a summary, and each example fits its schema', async (t) => {
  t.strictSame(await documentFaults(app.apiDocument()), []);
});

t.test('anybody can read the document and the page, which runs and fetches nothing', async (t) => {
  const document = await app.inject('/docs/openapi.json');
  t.equal(document.statusCode, 200);
  t.strictSame(document.json(), app.apiDocument());
  const page = await app.inject('/docs');
  t.equal(page.statusCode, 200);
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  t.match(page.headers['content-security-policy'], /^default-src 'none';style-src 'sha256-[^']+';/);
  t.notMatch(page.body, /<script|<link(?! rel="icon" href="data:,">)|<img|@import|url\(|\son\w+=/i);
  for (const path of Object.keys(app.apiDocument().paths))
    t.ok(page.body.includes(`</span> ${path}</p>`), `${path} is under a tag of src/api-description.ts`);
});

t.test('each command on the page goes to the origin that this service runs behind', async (t) => {
  const { app } = await testAuth(t, { ISSUER: 'https://origin.example' });
  const { body } = await app.inject('/docs');
  const called = [...body.matchAll(/curl [^<\n]*?(https?:\/\/[^/\s]+)/g)].map(([, origin]) => origin);
  t.strictSame([...new Set(called)], ['https://origin.example']);
});
