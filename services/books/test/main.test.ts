import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connectPostgres } from '@countersign/service';
import { BUSY_MS, freePort, needsReal, startPostgres, startProcess, testIssuer, testRedis, until } from '@countersign/testing';
import { encodeRevocation, HEARTBEAT_KIND, REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY } from '@countersign/tokens';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

t.test('a start with a wrong environment names everything that is wrong at once, and fails', async (t) => {
  const started = await startProcess(t, main, { env: { PORT: 'many', CORS_ORIGINS: 'nowhere' } });
  t.strictSame(await started.exit, { code: 1, signal: null });
  for (const name of ['ISSUER', 'DATABASE_URL', 'REDIS_URL', 'PORT', 'CORS_ORIGINS']) t.match(started.stderr(), ` ${name} `);
  t.notMatch(started.stderr(), /main\.ts/, 'in words, not in a stack');
});

t.test('a database that holds tables of auth is refused', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { url } = await startPostgres(t);
  const postgres = connectPostgres(url);
  t.teardown(() => postgres.close());
  await postgres.db.execute(sql`create table signing_keys ()`);
  const env = { ISSUER: 'http://localhost:1', DATABASE_URL: url, REDIS_URL: 'redis://127.0.0.1:1', PORT: String(await freePort()) };
  const started = await startProcess(t, main, { env });
  t.strictSame(await started.exit, { code: 1, signal: null });
  t.match(started.stderr(), /signing_keys/);
});

t.test('the process serves, refuses what is revoked, and ends with 0 on SIGTERM', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { books, redis, issuer, get, bearer } = await startBooks(t);
  const sid = 'ended';
  const token = issuer.sign({ sid });
  t.equal((await get('/books', bearer(token))).status, 200);
  t.equal((await get('/readyz')).status, 200);

  const entry = encodeRevocation({ kind: 'sid', id: sid, expiresAt: Math.floor(Date.now() / 1000) + 900, before: null });
  await redis.redis.xadd(REVOCATION_STREAM_KEY, '*', ...Object.entries(entry).flat());
  await until(async () => (await get('/books', bearer(token))).code === 'token_revoked');
  t.equal((await get('/books')).status, 200, 'another session goes on');

  t.strictSame(await books.process.stop(), { code: 0, signal: null });
});

t.test(
  'a process serves from its first answer on: a gateway that sends it requests as soon as it can connect has none refused',
  async (t) => {
    if (!needsReal(t, 'faults')) return;
    const { books, get } = await startBooks(t);
    await books.restart();
    const first = await until(() => get('/books').catch(() => null), { timeoutMs: 60_000, everyMs: 1 });
    t.equal(first?.status, 200);
  },
);

t.test('with a paused or killed Postgres every request gets 503 within 5 s, and it recovers by itself', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { postgres, get } = await startBooks(t);
  const unavailable = async () => {
    const startedAtMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 15 }, (_, index) => get(index % 2 === 0 ? '/books' : '/books/1')));
    t.ok(performance.now() - startedAtMs < 5000 + BUSY_MS);
    for (const answer of answers) t.match(answer, { status: 503, code: 'unavailable', retryAfter: /^\d+$/ });
    t.match(await get('/readyz'), { status: 503, not_ready: { postgres: String } });
  };
  const recovers = () => until(async () => (await get('/books')).status === 200, { timeoutMs: 10_000 });

  t.equal((await get('/books')).status, 200);
  postgres.pause();
  await unavailable();
  postgres.resume();
  await recovers();
  await postgres.kill();
  await unavailable();
  await postgres.restart();
  await recovers();
});

t.test('where stale is accepted the service stays ready, or no gateway would send it the requests that it accepts', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { redis, get, books } = await startBooks(t, { REVOCATION_MAX_STALENESS_SECONDS: '1', REVOCATION_ON_STALE: 'accept' });
  redis.pause();
  const answerAgeSeconds = async () => {
    const text = await (await fetch(books.url('/metrics'), { signal: AbortSignal.timeout(2000) })).text();
    return Number(/^countersign_revocations_answer_age_seconds (.*)$/m.exec(text)?.[1]);
  };
  await until(async () => (await answerAgeSeconds()) > 1, { timeoutMs: 10_000 });
  t.equal((await get('/books')).status, 200);
  t.equal((await get('/readyz')).status, 200);
  redis.resume();
});

t.test('with a paused Redis tokens are good for as long as is allowed, then 503, and it recovers by itself', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { redis, get, books } = await startBooks(t, { REVOCATION_MAX_STALENESS_SECONDS: '4' });
  redis.pause();
  t.equal((await get('/books')).status, 200);
  await until(async () => (await get('/books')).code === 'revocation_unavailable', { timeoutMs: 10_000 });
  t.match(await get('/readyz'), { status: 503, not_ready: { revocations: String } });
  await until(() => books.process.stdout().includes('Redis did not answer'));
  redis.resume();
  await until(async () => (await get('/books')).status === 200, { timeoutMs: 10_000 });
  t.notMatch(books.process.stdout(), /"stack":"[^"]/, 'the log says what is down, and where in the code it was noticed tells nothing');
});

t.test('without a heartbeat of auth tokens are good for as long as is allowed, then 503', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { stopBeating, get } = await startBooks(t, { REVOCATION_MAX_SILENCE_SECONDS: '4' });
  t.equal((await get('/books')).status, 200);
  stopBeating();
  t.equal((await get('/books')).status, 200);
  await until(async () => (await get('/books')).code === 'revocation_unavailable', { timeoutMs: 10_000 });
});

/** The process on its own Postgres and Redis, with a JWKS to fetch and a feed that beats like auth's. */
async function startBooks(t: Test, settings: Record<string, string> = {}) {
  const [postgres, redis, issuer, port] = await Promise.all([startPostgres(t), testRedis(t), testIssuer(), freePort()]);
  const jwks = createServer((_request, response) => response.end(JSON.stringify(issuer.jwks())));
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  t.teardown(() => jwks.close());
  await redis.redis.set(REVOCATION_EPOCH_KEY, 'one');
  const beat = setInterval(
    () => void redis.redis.xadd(REVOCATION_STREAM_KEY, '*', 'kind', HEARTBEAT_KIND, 'id', 'one').catch(() => {}),
    200,
  );
  const stopBeating = () => clearInterval(beat);
  t.teardown(stopBeating);

  const url = (path: string) => `http://127.0.0.1:${port}${path}`;
  const env = {
    ISSUER: issuer.issuer,
    JWKS_URL: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/`,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    PORT: String(port),
    LOG_LEVEL: 'warn',
    ...settings,
  };
  const process = await startProcess(t, main, { env, readyUrl: url('/readyz') });
  const restart = async () => {
    await process.stop();
    await startProcess(t, main, { env });
  };

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const get = async (path: string, headers: Record<string, string> = bearer(issuer.sign())) => {
    const response = await fetch(url(path), { headers, signal: AbortSignal.timeout(6000) });
    const body = (await response.json()) as { code?: string; not_ready?: object };
    return { status: response.status, retryAfter: response.headers.get('retry-after'), code: body.code, not_ready: body.not_ready };
  };
  return { books: { process, url, restart }, postgres, redis, stopBeating, issuer, get, bearer };
}
