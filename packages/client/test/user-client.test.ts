import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { createUserClient, memoryTokenStore, TokenRequestError } from '../src/index.ts';
import { credentials, start } from './miniature-auth.ts';
import { type StubHandler, stubServer } from './stub-server.ts';

t.test('after a sign-in requests carry the token; before it they carry none', async (t) => {
  const { server, client } = await start(t);
  t.equal((await client.fetch('/books')).status, 401);
  t.equal(server.requests.at(-1)?.headers.authorization, undefined);
  await client.logIn({ ...credentials, scope: 'books:read' });
  t.strictSame(JSON.parse(server.requests.at(-1)?.body ?? ''), { ...credentials, scope: 'books:read' });
  t.equal((await client.fetch('/books')).status, 200);
  t.equal(server.count('/refresh'), 0);
});

t.test('who is not signed in has nothing to refresh, whatever a request is refused for', async (t) => {
  const { server, client } = await start(t, { '/books': () => ({ status: 401, body: { code: 'token_expired' } }) });
  t.equal((await client.fetch('/books')).status, 401);
  t.strictSame([server.count('/books'), server.count('/refresh')], [1, 0]);
});

t.test('a wrong password is an error with its code, and changes nothing', async (t) => {
  const { client, tokens } = await start(t);
  const error: unknown = await client.logIn({ ...credentials, password: 'wrong' }).catch((refusal: unknown) => refusal);
  t.match(error, { code: 'credentials_invalid', status: 401, detail: 'No.', requestId: 'r-1' });
  t.notMatch(String(error), /wrong/);
  t.equal(await tokens.load(), null);
});

t.test('an error says how long auth asks to wait', async (t) => {
  const busy = { status: 429, body: { code: 'rate_limited' }, headers: { 'retry-after': '5' } };
  const { client } = await start(t, { '/login': () => busy });
  await t.rejects(client.logIn(credentials), { code: 'rate_limited', status: 429, retryAfterSeconds: 5 });
});

t.test('where auth is at another address, the client says which, and sends no password there', async (t) => {
  const { server: other } = await start(t);
  const moved: StubHandler = () => ({ status: 302, headers: { location: `${other.url}/login` } });
  const { server, client } = await start(t, { '/login': moved, '/refresh': moved });
  const redirected = {
    code: 'redirected',
    status: 302,
    detail: `${server.url}/login redirects to ${other.url}/login, which is not followed.`,
  };
  await t.rejects(client.logIn(credentials), redirected);
  t.equal(server.count('/login'), 1, 'nor is it asked again');
  t.equal(other.requests.length, 0);
});

t.test('a sign-in says which scope it was granted', async (t) => {
  const answer = { access_token: 'a', refresh_token: 'r' };
  const { client } = await start(t, { '/login': () => ({ body: { ...answer, scope: 'books:read' } }) });
  t.strictSame(await client.logIn(credentials), { scope: 'books:read' });
});

t.test('tokens are in memory where no other place is named, and each request has ten seconds', async (t) => {
  const limits = t.capture(AbortSignal, 'timeout', AbortSignal.timeout);
  const { server } = await start(t);
  const client = createUserClient({ baseUrl: server.url });
  await client.logIn(credentials);
  t.equal((await client.fetch('/books')).status, 200);
  t.strictSame(
    limits().map(({ args }) => args[0]),
    [10_000, 10_000],
  );
});

t.test('an expired access token is refreshed once for all requests that wait, and each gets its answer', async (t) => {
  const { server, client, expireAccess, tokens } = await start(t);
  await client.logIn(credentials);
  await expireAccess();
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch('/books', { method: 'POST', body: 'x' })));
  t.ok(answers.every(({ status }) => status === 200));
  t.equal(server.count('/refresh'), 1);
  t.strictSame(await tokens.load(), { accessToken: 'access-2', refreshToken: 'refresh-2' });
});

t.test('a refresh whose answer is lost, or cut off, is asked again with the same token', async (t) => {
  const losses = ['lost', 'cut'] as const;
  let asked = 0;
  const losing: StubHandler = () => losses[asked++] ?? { body: { access_token: 'access-1', refresh_token: 'refresh-2' } };
  const { server, client, expireAccess } = await start(t, { '/refresh': losing });
  await client.logIn(credentials);
  await expireAccess();
  const since = performance.now();
  t.equal((await client.fetch('/books')).status, 200);
  t.ok(performance.now() - since > 590, 'after 200 ms, and again after 400');
  const presented = server.requests.filter(({ url }) => url.pathname === '/refresh').map(({ body }) => body);
  t.strictSame(new Set(presented), new Set(['{"refresh_token":"refresh-1"}']));
  t.equal(presented.length, 3);
});

t.test('a refresh is asked again while its successor can still be had, whatever the time limit of requests', async (t) => {
  const limits = t.capture(AbortSignal, 'timeout', AbortSignal.timeout);
  const server = await stubServer(t, {
    '/books': ({ headers }) => (headers.authorization === 'Bearer stale' ? { status: 401, body: { code: 'token_expired' } } : { body: [] }),
    '/refresh': () => ({ body: { access_token: 'access-2', refresh_token: 'refresh-2' } }),
  });
  const tokens = memoryTokenStore();
  for (const [timeoutMs, refreshMs] of [
    [600_000, 20_000],
    [15_000, 15_000],
  ] as const) {
    await tokens.save({ accessToken: 'stale', refreshToken: 'refresh-1' });
    const client = createUserClient({ baseUrl: server.url, tokens, timeoutMs });
    t.equal((await client.fetch('/books')).status, 200);
    t.strictSame(
      limits().map(({ args }) => args[0]),
      [timeoutMs, refreshMs, timeoutMs],
    );
  }
});

t.test('a sign-in without an answer is a TokenRequestError, and is not repeated', async (t) => {
  for (const loss of ['lost', 'cut'] as const) {
    const { server, client } = await start(t, { '/login': () => loss });
    const error: unknown = await client.logIn(credentials).catch((refusal: unknown) => refusal);
    t.type(error, TokenRequestError);
    t.match(error, { code: 'unreachable', status: null, cause: Error });
    t.equal(server.count('/login'), 1);
  }
});

t.test('a program that sends nothing but streams gets a new token, too', async (t) => {
  const { server, client, expireAccess } = await start(t);
  await client.logIn(credentials);
  await expireAccess();
  const send = () => client.fetch('/books', { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' });
  t.equal((await send()).status, 401);
  t.equal((await send()).status, 200);
  t.equal(server.count('/refresh'), 1);
});

t.test('a program that sends nothing but HEAD gets a new token, too, where the challenge says that its token is no good', async (t) => {
  const challenges: Record<string, string> = {
    '/books': 'Bearer realm="countersign", error="invalid_token"',
    '/account': 'Bearer realm="countersign", error="insufficient_user_authentication", max_age=300',
    '/scope': 'Bearer error="insufficient_scope", error_description="This is no invalid_token."',
    '/proxy': 'Basic realm="proxy"',
  };
  const judge: StubHandler = ({ url, headers }) =>
    headers.authorization === 'Bearer access-2' ? {} : { status: 401, headers: { 'www-authenticate': challenges[url.pathname] ?? '' } };
  const { server, client, expireAccess } = await start(t, Object.fromEntries(Object.keys(challenges).map((path) => [path, judge])));
  await client.logIn(credentials);
  await expireAccess();
  for (const path of ['/account', '/scope', '/proxy']) t.equal((await client.fetch(path, { method: 'HEAD' })).status, 401);
  t.equal(server.count('/refresh'), 0);
  t.equal((await client.fetch('/books', { method: 'HEAD' })).status, 200);
  t.equal(server.count('/refresh'), 1);
});

t.test('when auth can’t be reached the tokens are kept for the next try', async (t) => {
  const { client, expireAccess, tokens } = await start(t, { '/refresh': () => ({ status: 503, body: { code: 'unavailable' } }) });
  await client.logIn(credentials);
  await expireAccess();
  const error: unknown = await client.fetch('/books').catch((refusal: unknown) => refusal);
  t.match(error, { code: 'unavailable', status: 503 });
  t.match(await tokens.load(), { refreshToken: 'refresh-1' });
});

t.test('a refresh that gets no answer is given up after the third time', async (t) => {
  const { server, client, expireAccess, tokens } = await start(t, { '/refresh': () => 'lost' });
  await client.logIn(credentials);
  await expireAccess();
  await t.rejects(client.fetch('/books'), { name: 'TokenRequestError', code: 'unreachable', status: null });
  t.equal(server.count('/refresh'), 3);
  t.match(await tokens.load(), { refreshToken: 'refresh-1' });
});

t.test('a session that is over is forgotten, and the refusal is the answer', async (t) => {
  const { server, client, tokens } = await start(t);
  await client.logIn(credentials);
  await tokens.save({ accessToken: 'stale', refreshToken: 'refresh-of-another-time' });
  const response = await client.fetch('/books');
  t.equal(response.status, 401);
  t.strictSame(await response.json(), { code: 'token_expired' });
  t.equal(await tokens.load(), null);
  t.equal(server.count('/refresh'), 1);
});

t.test('a 401 that isn’t auth’s, as of a proxy that wants a password of its own, ends no session', async (t) => {
  let answer: object = { status: 401, body: { message: 'who are you?' } };
  const { client, tokens, expireAccess } = await start(t, { '/refresh': () => answer });
  await client.logIn(credentials);
  await expireAccess();
  await t.rejects(client.fetch('/books'), { name: 'TokenRequestError', code: 'unexpected', status: 401 });
  answer = { status: 401, body: { code: 'who_are_you' } };
  await t.rejects(client.fetch('/books'), { name: 'TokenRequestError', code: 'who_are_you', status: 401 });
  answer = { status: 403, body: { code: 'token_expired' } };
  await t.rejects(client.fetch('/books'), { name: 'TokenRequestError', code: 'token_expired', status: 403 });
  t.match(await tokens.load(), { refreshToken: 'refresh-1' });
  answer = { status: 401, body: { code: 'token_expired' } };
  t.equal((await client.fetch('/books')).status, 401);
  t.equal(await tokens.load(), null);
});

t.test('a refusal that no new token helps is not retried', async (t) => {
  const { server, client } = await start(t, { '/books': () => ({ status: 403, body: { code: 'insufficient_scope' } }) });
  await client.logIn(credentials);
  t.equal((await client.fetch('/books')).status, 403);
  t.equal(server.count('/refresh'), 0);
  const odd = await start(t, { '/books': () => ({ status: 403, body: { code: 'token_expired' } }) });
  await odd.client.logIn(credentials);
  t.equal((await odd.client.fetch('/books')).status, 403);
  t.equal(odd.server.count('/refresh'), 0, 'a 403 is not about the token, whatever its code says');
});

t.test('a request that was refused with a token that is no longer the newest takes the newest, without a refresh', async (t) => {
  const kept = memoryTokenStore();
  let asked = 0;
  const replacing: StubHandler = async () => {
    if (asked++ > 0) return { body: [] };
    await kept.save({ accessToken: 'access-of-another', refreshToken: 'refresh-of-another' });
    return { status: 401, body: { code: 'token_expired' } };
  };
  const { server, client } = await start(t, { '/books': replacing }, kept);
  await client.logIn(credentials);
  t.equal((await client.fetch('/books')).status, 200);
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer access-of-another');
  t.equal(server.count('/refresh'), 0);
});

t.test('however slowly a store answers, one refresh serves all: none of them rotates the new token, too', async (t) => {
  const kept = memoryTokenStore();
  let reads = 0;
  const load = async () => {
    const tokens = kept.load();
    reads += 1;
    await wait((reads * 17) % 50);
    return tokens;
  };
  const { server, client, expireAccess } = await start(t, {}, { load, save: (tokens) => kept.save(tokens) });
  await client.logIn(credentials);
  await expireAccess();
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.fetch('/books')));
  t.ok(answers.every(({ status }) => status === 200));
  t.equal(server.count('/refresh'), 1);
});

t.test('an answer without both tokens is an error, and changes nothing', async (t) => {
  for (const body of [
    undefined,
    null,
    'text',
    {},
    { access_token: 'a' },
    { refresh_token: 'r' },
    { access_token: 1, refresh_token: 'r' },
  ]) {
    const { client, tokens } = await start(t, { '/login': () => ({ body }) });
    await t.rejects(client.logIn(credentials), { code: 'unexpected', status: 200 }, JSON.stringify(body));
    t.equal(await tokens.load(), null);
  }
});

t.test('who aborts a request doesn’t wait for a refresh, whose tokens are kept', async (t) => {
  const asked = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const slow: StubHandler = async () => {
    asked.resolve();
    await answering.promise;
    return { body: { access_token: 'access-1', refresh_token: 'refresh-2' } };
  };
  const { server, client, expireAccess, tokens } = await start(t, { '/refresh': slow });
  await client.logIn(credentials);
  await expireAccess();
  const leaving = new AbortController();
  const left = client.fetch('/books', { signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await t.rejects(left, { name: 'AbortError' });
  const stayed = client.fetch('/books');
  answering.resolve();
  t.equal((await stayed).status, 200);
  t.equal(server.count('/refresh'), 1);
  t.strictSame(await tokens.load(), { accessToken: 'access-1', refreshToken: 'refresh-2' });
});

t.test('what is neither a path nor a URL, as a Request, is refused, and not taken for the name of something', async (t) => {
  const { server, client } = await start(t);
  await client.logIn(credentials);
  for (const path of [new Request(`${server.url}/books`), undefined, null] as unknown as string[])
    await t.rejects(client.fetch(path), { name: 'TypeError', message: /takes a path or a URL/ });
  t.equal(server.requests.length, 1);
  t.equal((await client.fetch(new URL('/books', server.url))).status, 200);
});

t.test('ASVS 10.1.1: tokens go to no other origin', async (t) => {
  const { client } = await start(t);
  await client.logIn(credentials);
  await t.rejects(client.fetch('http://127.0.0.1:1/books'), /only/);
  t.equal((await client.fetch('/books')).status, 200);
});
