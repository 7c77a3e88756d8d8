import { METHODS } from 'node:http';
import { createConnection } from 'node:net';
import { until } from '@countersign/testing';
import { ACCESS_COOKIE } from '@countersign/tokens';
import t from 'tap';
import { roles, userRoles, users } from '../../../src/stores/schema.ts';
import { testAuth } from '../../test-auth.ts';

const worker = { WORKER_CLIENT_ID: 'worker-1', WORKER_CLIENT_SECRET: 'a secret of the worker, long enough' };
const { app, database } = await testAuth(t, { ...worker, CORS_ORIGINS: 'http://app.localhost' });
const address = new URL(await app.listen({ port: 0 }));

const credentials = { username: 'member-1', password: 'a long enough password' };
const { id: userId } = (await app.inject({ method: 'POST', url: '/register', payload: credentials })).json();

type Headers = Readonly<Record<string, string>>;

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

async function ask(url: string, headers: Headers, method = 'GET') {
  const answer = await app.inject({ method: method as 'GET', url, headers });
  return { verdict: answer.statusCode === 204 ? '204' : `${answer.statusCode} ${answer.json().code}`, answer };
}
const verdict = async (url: string, headers: Headers, method = 'GET') => (await ask(url, headers, method)).verdict;

async function signIn(login: object = {}): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/login', payload: { ...credentials, ...login } });
  return answer.json().access_token;
}

async function clientToken(): Promise<string> {
  const basic = Buffer.from(`${worker.WORKER_CLIENT_ID}:${encodeURIComponent(worker.WORKER_CLIENT_SECRET)}`).toString('base64');
  const answer = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${basic}` },
    payload: 'grant_type=client_credentials&resource=urn:countersign:books',
  });
  return answer.json().access_token;
}

const token = await signIn();
await until(async () => (await verdict('/verify', bearer(token))) === '204');

t.test('ASVS 4.1.3: who a token is for is told in headers, all of them every time', async (t) => {
  const { answer } = await ask('/verify', bearer(token));
  t.match(answer.headers, {
    'x-auth-subject': userId,
    'x-auth-client': 'first-party',
    'x-auth-scope': 'books:read books:write',
    'x-auth-roles': 'member',
    'cache-control': 'no-store',
    'x-request-id': /^[\w-]+$/,
  });
  t.equal(answer.body, '');
  const client = await ask('/verify?audience=urn:countersign:books', bearer(await clientToken()));
  t.equal(client.answer.headers['x-auth-subject'], 'worker-1');
  t.equal(client.answer.headers['x-auth-client'], 'worker-1');
  t.equal(client.answer.headers['x-auth-roles'], '', 'a client has none, and an empty header says so');
});

t.test('whatever a role is called, it is one element of one header', async (t) => {
  const named = { ...credentials, username: 'oddly-named' };
  await app.inject({ method: 'POST', url: '/register', payload: named });
  const name = 'chef, 100 %\r\nx-auth-subject: admin é';
  await database.db.insert(roles).values({ name });
  const all = await database.db.select().from(users);
  await database.db.insert(userRoles).values({ userId: all.find((user) => user.username === named.username)?.id ?? '', role: name });
  const { verdict, answer } = await ask('/verify', bearer(await signIn(named)));
  t.equal(verdict, '204');
  const told = String(answer.headers['x-auth-roles']).split(',').map(decodeURIComponent);
  t.strictSame(told.toSorted(), [name, 'member'].toSorted());
});

t.test('scope, role and audience are asked for, and all must be there', async (t) => {
  const books = await clientToken();
  for (const [query, expected] of [
    ['?scope=books:read', '204'],
    ['?scope=books:read%20books:write', '204'],
    ['?scope=books:read+books:delete', '403 insufficient_scope'],
    ['?scope=books', '403 insufficient_scope'],
    ['?role=member', '204'],
    ['?role=admin', '403 insufficient_role'],
    ['?role=member&scope=books:write&audience=urn:countersign:api', '204'],
    ['?role=member&scope=books:write&audience=urn:countersign:books', '401 token_wrong_audience'],
  ] as const) {
    t.equal(await verdict(`/verify${query}`, bearer(token)), expected, query);
  }
  t.equal(await verdict('/verify', bearer(books)), '401 token_wrong_audience', 'AUDIENCE, where nothing else is said');
  t.equal(await verdict('/verify?audience=urn:countersign:books', bearer(books)), '204');
  t.equal(await verdict('/verify?audience=urn:countersign:books&role=member', bearer(books)), '403 insufficient_role');
});

t.test('a refusal is a problem with its challenge, and its code in a header for gateways that drop the body', async (t) => {
  const { answer } = await ask('/verify?scope=books:delete', bearer(token));
  t.equal(answer.headers['content-type'], 'application/problem+json');
  t.match(answer.headers['www-authenticate'], /^Bearer .*error="insufficient_scope".*scope="books:delete"/);
  t.equal(answer.headers['x-problem-code'], 'insufficient_scope');
  t.notOk(Object.keys(answer.headers).some((name) => name.startsWith('x-auth-')));
  for (const [headers, code] of [
    [{}, 'token_missing'],
    [{ authorization: 'Basic YTpi' }, 'token_missing'],
    [bearer('nonsense'), 'token_malformed'],
    [bearer(`${token.slice(0, -9)}AAAAAAAAA`), 'token_invalid'],
  ] as const) {
    const refused = await ask('/verify', headers);
    t.equal(refused.verdict, `401 ${code}`);
    t.match(refused.answer.headers['www-authenticate'], /^Bearer /);
  }
});

t.test('a query that asks for nothing sensible is refused, not passed over', async (t) => {
  const wrong = [
    'scope=',
    'role=',
    'audience=',
    'audience=api',
    'audience=urn:a%22b',
    'audience=urn:a%25zz',
    'scope=a&scope=b',
    'role=a&role=member',
    'scopes=books:read',
    'scope=a%20%20b',
    'scope=%22',
  ];
  for (const query of wrong) t.equal(await verdict(`/verify?${query}`, bearer(token)), '400 validation_failed', query);
  t.equal(await verdict('/verify?scope=books:read', bearer(token)), '204');
  const longest = `/verify?audience=urn:${'a'.repeat(1020)}`;
  t.equal(await verdict(longest, bearer(token)), '401 token_wrong_audience');
  t.equal(await verdict(`${longest}a`, bearer(token)), '400 validation_failed');
  for (const [name, length] of [
    ['role', 64],
    ['scope', 1024],
  ] as const) {
    t.equal(await verdict(`/verify?${name}=${'a'.repeat(length)}`, bearer(token)), `403 insufficient_${name}`);
    t.equal(await verdict(`/verify?${name}=${'a'.repeat(length + 1)}`, bearer(token)), '400 validation_failed');
  }
});

t.test('behind /verify/ the query is the client’s: it can ask for more, never for less', async (t) => {
  const books = await clientToken();
  const path = '/verify/books/7';
  t.equal(await verdict(`${path}?limit=5&limit=6&q=%F0%9F%93%96`, bearer(token)), '204');
  t.equal(await verdict(`${path}?scope=books:delete`, bearer(token)), '403 insufficient_scope');
  t.equal(await verdict(`${path}?audience=urn:countersign:books`, bearer(token)), '401 token_wrong_audience');
  t.equal(await verdict(`${path}?audience=urn:countersign:books`, bearer(books)), '401 token_wrong_audience');
  t.equal(await verdict('/verify?audience=urn:countersign:books', bearer(books)), '204', 'the gateway’s own word');
  t.equal(await verdict('/verifyx', bearer(token)), '404 not_found');
});

t.test('every method is answered, a CORS preflight too, with the token alone deciding', async (t) => {
  const preflight = { origin: 'http://app.localhost', 'access-control-request-method': 'PUT' };
  for (const method of METHODS.filter((name) => name !== 'TRACE' && name !== 'CONNECT')) {
    for (const url of ['/verify', '/verify/any/path']) {
      t.equal((await app.inject({ method: method as 'GET', url, headers: { ...preflight, ...bearer(token) } })).statusCode, 204, method);
      t.equal((await app.inject({ method: method as 'GET', url, headers: preflight })).statusCode, 401, method);
    }
  }
  t.equal((await app.inject({ method: 'TRACE', url: '/verify', headers: bearer(token) })).statusCode, 405);
});

t.test('for Envoy a yes can be 200', async (t) => {
  const wanting = { 'x-verify-status': '200' };
  const answer = await app.inject({ method: 'DELETE', url: '/verify/books/1', headers: { ...wanting, ...bearer(token) } });
  t.equal(answer.statusCode, 200);
  t.match(answer.headers, { 'x-auth-subject': userId, 'content-length': '0' });
  t.equal((await app.inject({ url: '/verify/books/1', headers: wanting })).statusCode, 401);
});

t.test('a body, and what is said of one, is never looked at', async (t) => {
  const head = `Host: auth\r\nAuthorization: Bearer ${token}\r\n`;
  for (const [method, rest] of [
    ['GET', 'Content-Length: 100\r\nContent-Type: application/json\r\n\r\n'],
    ['GET', 'Content-Length: 9\r\nContent-Type: application/json\r\n\r\nnot json!'],
    ['POST', 'Content-Length: 100\r\nContent-Type: text/plain\r\n\r\n'],
    ['POST', 'Content-Length: 9\r\nContent-Type: application/json\r\n\r\nnot json!'],
    ['PUT', 'Content-Length: 100000000\r\nContent-Type: ;;;\r\n\r\n'],
    ['QUERY', 'Transfer-Encoding: chunked\r\n\r\n'],
    ['GET', '\r\n'],
  ] as const) {
    t.match(await beginningOfAnswer(`${method} /verify HTTP/1.1\r\n${head}${rest}`), /^HTTP\/1\.1 204 /, `${method} ${rest}`);
    t.match(await beginningOfAnswer(`${method} /verify HTTP/1.1\r\nHost: auth\r\n${rest}`), /^HTTP\/1\.1 401 /, `${method} ${rest}`);
  }
});

t.test('ASVS 3.5.1: a cookie is judged by the method that the gateway names, whatever method it asks by', async (t) => {
  const answer = await app.inject({ method: 'POST', url: '/login', payload: { ...credentials, delivery: 'cookie' } });
  const access = answer.cookies.find(({ name }) => name === ACCESS_COOKIE)?.value ?? '';
  const cookie = { cookie: `${ACCESS_COOKIE}=${access}` };
  const proof = { 'x-csrf-token': answer.json().csrf_token as string };
  for (const [headers, expected] of [
    [{ 'x-original-method': 'GET' }, '204'],
    [{ 'x-forwarded-method': 'HEAD' }, '204'],
    [{ 'x-forwarded-method': 'OPTIONS', 'x-original-method': 'OPTIONS' }, '204'],
    [{ 'x-original-method': 'GET', 'sec-fetch-site': 'cross-site' }, '204'],
    [{}, '403 csrf_failed'],
    [{ 'x-original-method': '' }, '403 csrf_failed'],
    [{ 'x-original-method': 'get' }, '403 csrf_failed'],
    [{ 'x-original-method': 'GET, POST' }, '403 csrf_failed'],
    [{ 'x-original-method': 'POST' }, '403 csrf_failed'],
    [{ 'x-original-method': 'POST', 'x-forwarded-method': 'GET' }, '403 csrf_failed'],
    [{ 'x-original-method': 'GET', 'x-forwarded-method': 'POST' }, '403 csrf_failed'],
    [{ 'x-original-method': 'POST', 'x-csrf-token': 'a guess' }, '403 csrf_failed'],
    [{ 'x-original-method': 'POST', ...proof, 'sec-fetch-site': 'cross-site' }, '403 csrf_failed'],
    [{ 'x-original-method': 'POST', ...proof, 'sec-fetch-site': 'same-site' }, '403 csrf_failed'],
    [{ 'x-original-method': 'POST', ...proof, 'sec-fetch-site': 'same-site', origin: 'http://app.localhost' }, '204'],
    [{ 'x-original-method': 'POST', ...proof, 'sec-fetch-site': 'same-origin' }, '204'],
    [{ 'x-original-method': 'POST', ...proof }, '204'],
    [proof, '204'],
  ] as const) {
    for (const method of ['GET', 'POST'])
      t.equal(await verdict('/verify', { ...cookie, ...headers }, method), expected, `${method} ${JSON.stringify(headers)}`);
  }
  t.equal(await verdict('/verify', bearer(access)), '204', 'as Bearer no browser has sent it by itself');
  t.equal(await verdict('/verify', { cookie: `${ACCESS_COOKIE}=${token}`, ...proof }), '401 token_invalid', 'not made for a cookie');
  t.equal(await verdict('/verify', { ...cookie, ...bearer('nonsense'), ...proof }), '401 token_malformed', 'the header alone counts');
});

t.test('what is revoked is refused as soon as the list has it', async (t) => {
  const ended = await signIn();
  t.equal(await verdict('/verify', bearer(ended)), '204');
  await app.inject({ method: 'POST', url: '/logout', payload: { token: ended } });
  await until(async () => (await verdict('/verify', bearer(ended))) === '401 token_revoked');
  t.equal(await verdict('/verify', bearer(token)), '204');
});

/** Sends these bytes and no more, and gives the beginning of the answer. */
function beginningOfAnswer(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address.hostname, port: Number(address.port), timeout: 5000 });
    socket.once('connect', () => socket.write(bytes));
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
    socket.once('timeout', () => reject(new Error('no answer')));
    socket.once('error', reject);
  });
}
