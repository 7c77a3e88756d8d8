import t from 'tap';
import { startBooksApp } from './books-app.ts';

const app = await startBooksApp(t);
const { location } = (await app.post('/books', { payload: { title: 'Eden', author: 'Lem' } })).headers as { location: string };
const payload = { title: 'Eden', author: 'S. Lem' };

t.test('each route asks for its scope, and for no more', async (t) => {
  const asks = [
    ['books:read', 200, (scope: string | null) => app.get('/books', { scope })],
    ['books:read', 200, (scope: string | null) => app.get(location, { scope })],
    ['books:read', 200, (scope: string | null) => app.head(location, { scope })],
    ['books:write', 201, (scope: string | null) => app.post('/books', { scope, payload })],
    ['books:write', 200, (scope: string | null) => app.put(location, { scope, payload })],
    ['books:write', 200, (scope: string | null) => app.patch(location, { scope, payload })],
    ['books:delete', 204, (scope: string | null) => app.delete(location, { scope })],
  ] as const;
  const all = ['books:read', 'books:write', 'books:delete'];
  for (const [scope, status, ask] of asks) {
    t.equal((await ask(null)).statusCode, 401);
    const refused = await ask(all.filter((other) => other !== scope).join(' '));
    t.equal(refused.statusCode, 403);
    t.match(refused.headers['www-authenticate'], `scope="${scope}"`);
    t.equal((await ask(scope)).statusCode, status);
  }
});

t.test('a refused token changes nothing', async (t) => {
  const { location } = (await app.post('/books', { payload })).headers as { location: string };
  await app.put(location, { payload: { ...payload, title: 'Other' }, scope: 'books:read' });
  await app.delete(location, { scope: 'books:write' });
  t.match((await app.get(location)).json(), payload);
});

t.test('health, metrics and metadata need no token', async (t) => {
  for (const url of ['/livez', '/readyz', '/metrics', '/.well-known/oauth-protected-resource/books'])
    t.equal((await app.get(url, { scope: null })).statusCode, 200, url);
});

t.test('ASVS 9.2.3, 10.3.1: a token for another service alone is refused, one for books alone is accepted', async (t) => {
  const asBearer = (aud: string | readonly string[]) => ({
    scope: null,
    headers: { authorization: `Bearer ${app.auth.token({ aud, scope: 'books:read' })}` },
  });
  t.equal((await app.get('/books', asBearer('urn:countersign:books'))).statusCode, 200);
  t.equal((await app.get('/books', asBearer(['urn:example:other', 'urn:countersign:api']))).statusCode, 200);
  const refused = await app.get('/books', asBearer('urn:countersign:auth'));
  t.equal(refused.statusCode, 401);
  t.equal(refused.json().code, 'token_wrong_audience');
});

t.test('a clock may differ by CLOCK_TOLERANCE_SECONDS, and no more', async (t) => {
  const patient = await startBooksApp(t, { CLOCK_TOLERANCE_SECONDS: '30' });
  const now = Math.floor(Date.now() / 1000);
  const expired = (agoSeconds: number) => patient.auth.token({ scope: 'books:read', iat: now - 600, exp: now - agoSeconds });
  const read = ({ get }: typeof patient, token: string) => get('/books', { scope: null, headers: { authorization: `Bearer ${token}` } });
  t.equal((await read(patient, expired(15))).statusCode, 200);
  t.match((await read(patient, expired(40))).json(), { status: 401, code: 'token_expired' });
});

t.test('a token signed by an algorithm that ALLOWED_ALGS leaves out is refused', async (t) => {
  const strict = await startBooksApp(t, { ALLOWED_ALGS: 'ES256,RS256' });
  t.match((await strict.get('/books')).json(), { status: 401, code: 'token_invalid' });
  const open = await startBooksApp(t, { ALLOWED_ALGS: 'EdDSA' });
  t.equal((await open.get('/books')).statusCode, 200);
});

t.test('an unknown path is 404 and an unknown method 405 that names the others', async (t) => {
  t.match((await app.get('/book')).json(), { status: 404, code: 'not_found' });
  t.match((await app.get('/books/1/pages')).json(), { status: 404, code: 'not_found' });
  const refused = await app.delete('/books');
  t.equal(refused.statusCode, 405);
  t.equal(refused.json().code, 'method_not_allowed');
  t.equal(refused.headers.allow, 'GET, HEAD, POST');
});

t.test('every answer has the security headers, whatever it is', async (t) => {
  const answers = {
    ok: await app.get('/books'),
    public: await app.get('/livez', { scope: null }),
    unauthorized: await app.get('/books', { scope: null }),
    forbidden: await app.get('/books', { scope: '' }),
    'wrong form': await app.get('/books?limit=0'),
    'wrong URL': await app.get('/books/%zz'),
    'no route': await app.get('/nowhere'),
    'no method': await app.delete('/books'),
    'no type': await app.post('/books', { payload: 'x', headers: { 'content-type': 'text/plain' } }),
  };
  for (const [name, { headers }] of Object.entries(answers)) {
    const [, maxAge = 0] = /^max-age=(\d+); includeSubDomains$/.exec(String(headers['strict-transport-security'])) ?? [];
    t.ok(Number(maxAge) >= 31_536_000, name);
    t.equal(headers['content-security-policy'], "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'", name);
    t.equal(headers['x-content-type-options'], 'nosniff', name);
    t.equal(headers['referrer-policy'], 'no-referrer', name);
    t.ok(headers['x-request-id'], name);
    t.notOk('x-powered-by' in headers || 'server' in headers, name);
  }
});

t.test('ASVS 3.4.2: CORS is closed unless an origin is named', async (t) => {
  const preflight = { scope: null, headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' } };
  t.notOk('access-control-allow-origin' in (await app.options('/books/1', preflight)).headers);
  t.notOk('access-control-allow-origin' in (await app.get('/books', { headers: { origin: 'https://app.example' } })).headers);
});

t.test('ASVS 3.4.2: pages of a named origin may call with credentials and read the headers they need; others may not', async (t) => {
  const open = await startBooksApp(t, { CORS_ORIGINS: 'https://app.example' });
  const from = (origin: string) => ({
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'authorization, if-match',
  });
  const preflight = await open.options('/books/1', { scope: null, headers: from('https://app.example') });
  t.equal(preflight.statusCode, 204);
  t.match(preflight.headers, {
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': /^GET, HEAD, POST, PUT, PATCH, DELETE$/,
    'access-control-allow-headers': 'authorization, if-match',
    vary: /Origin/,
  });
  const read = await open.get('/books', { headers: { origin: 'https://app.example' } });
  t.equal(read.headers['access-control-allow-origin'], 'https://app.example');
  t.match(read.headers['access-control-expose-headers'], /ETag.*Link.*Location/);
  const refused = await open.get('/books', { scope: null, headers: { origin: 'https://app.example' } });
  t.equal(refused.statusCode, 401);
  t.equal(refused.headers['access-control-allow-origin'], 'https://app.example');
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null']) {
    t.notOk('access-control-allow-origin' in (await open.get('/books', { headers: { origin } })).headers, origin);
    t.notOk('access-control-allow-origin' in (await open.options('/books/1', { scope: null, headers: from(origin) })).headers, origin);
  }
});
