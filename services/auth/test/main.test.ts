import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connectPostgres } from '@countersign/service';
import { BUSY_MS, freePort, needsReal, startPostgres, startProcess, testRedis, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const secret = () => randomBytes(32).toString('base64');

t.test('a start with a wrong environment names everything that is wrong at once, and fails', async (t) => {
  const env = {
    PORT: 'many',
    ACCESS_TOKEN_TTL_SECONDS: '3601',
    KEY_ENCRYPTION_KEY: 'short',
    REFRESH_ROTATION: 'maybe',
    ADMIN_USERNAME: 'no spaces',
  };
  const started = await startProcess(t, main, { env });
  t.strictSame(await started.exit, { code: 1, signal: null });
  const names = [...Object.keys(env), 'ISSUER', 'DATABASE_URL', 'REDIS_URL', 'REFRESH_TOKEN_SECRET'];
  for (const name of names) t.match(started.stderr(), ` ${name} `);
  t.notMatch(started.stderr(), /main\.ts/, 'in words, not in a stack');
});

t.test('a database that holds tables of books is refused', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { url } = await startPostgres(t);
  const postgres = connectPostgres(url);
  t.teardown(() => postgres.close());
  await postgres.db.execute(sql`create table books ()`);
  const started = await startProcess(t, main, { env: { ...(await environment()), DATABASE_URL: url, REDIS_URL: 'redis://127.0.0.1:1' } });
  t.strictSame(await started.exit, { code: 1, signal: null });
  t.match(started.stderr(), /books/);
});

t.test('another KEY_ENCRYPTION_KEY ends the start with a sentence, and with the former one beside it the process serves', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { auth, env, readyUrl } = await startAuthProcess(t);
  await auth.stop();
  const changed = { ...env, KEY_ENCRYPTION_KEY: secret() };
  const refused = await startProcess(t, main, { env: { ...changed, KEY_ENCRYPTION_KEY_PREVIOUS: secret() } });
  t.strictSame(await refused.exit, { code: 1, signal: null });
  t.match(refused.stderr(), /^Neither KEY_ENCRYPTION_KEY nor KEY_ENCRYPTION_KEY_PREVIOUS decrypts .+ Set KEY_ENCRYPTION_KEY to .+\.\n$/);
  t.notMatch(refused.stdout(), '"stack"');
  await startProcess(t, main, { env: { ...changed, KEY_ENCRYPTION_KEY_PREVIOUS: env.KEY_ENCRYPTION_KEY }, readyUrl });
});

t.test('the process serves, and ends with 0 on SIGTERM within its limit', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { auth, post, signIn } = await startAuthProcess(t);
  const { access_token } = await signIn();
  t.equal((await post('/logout', { token: access_token })).status, 204);
  t.strictSame(await auth.stop(), { code: 0, signal: null });
  t.notMatch(auth.stdout(), '"level":"error"', 'the feed takes its last turn before its connections are closed');
  t.notMatch(auth.stdout() + auth.stderr(), access_token, 'no token is in the log');
  t.notMatch(auth.stdout() + auth.stderr(), 'a long enough password');
});

t.test('ASVS 16.5.2: without Redis auth is ready and refuses nobody', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { auth, get, post, signIn, redis } = await startAuthProcess(t);
  const { access_token } = await signIn();
  await redis.kill();
  t.equal((await get('/readyz')).status, 200);
  t.equal((await get('/me', access_token)).status, 200);
  t.ok((await signIn()).access_token);
  t.equal((await post('/logout', { token: access_token })).status, 204);
  t.match(await get('/me', access_token), { status: 401, code: 'token_revoked' });
  await until(() => auth.stdout().includes('revocations cannot be published'));
  t.notMatch(auth.stdout(), /"stack":"[^"]/, 'the log says what is down, and where in the code it was noticed tells nothing');
});

t.test('ASVS 13.2.6, 16.5.2: with a paused or killed Postgres every call gets 503 within 5 s, and it recovers by itself', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { get, post, signIn, postgres } = await startAuthProcess(t);
  const { access_token, refresh_token } = await signIn();
  const unavailable = async () => {
    const startedAtMs = performance.now();
    const answers = await Promise.all([
      post('/login', { username: 'someone', password: 'a long enough password' }),
      post('/refresh', { refresh_token }),
      post('/logout', { token: access_token }),
      get('/me', access_token),
      get('/sessions', access_token),
      get('/readyz'),
    ]);
    t.ok(performance.now() - startedAtMs < 5000 + BUSY_MS);
    t.strictSame(
      answers.map(({ status }) => status),
      Array(6).fill(503),
    );
    t.equal((await get('/livez')).status, 200);
    t.equal((await get('/.well-known/jwks.json')).status, 200, 'the keys are in memory');
  };
  postgres.pause();
  await unavailable();
  postgres.resume();
  await until(async () => (await get('/me', access_token)).status === 200, { timeoutMs: 10_000 });
  await postgres.kill();
  await unavailable();
  await postgres.restart();
  await until(async () => (await get('/me', access_token)).status === 200, { timeoutMs: 10_000 });
  t.equal((await post('/refresh', { refresh_token })).status, 200, 'no session was lost');
});

async function environment() {
  return { ISSUER: 'http://localhost:8080', PORT: String(await freePort()), KEY_ENCRYPTION_KEY: secret(), REFRESH_TOKEN_SECRET: secret() };
}

async function startAuthProcess(t: Test) {
  const postgres = await startPostgres(t);
  const redis = await testRedis(t);
  const env = { ...(await environment()), DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const origin = `http://127.0.0.1:${env.PORT}`;
  const readyUrl = `${origin}/readyz`;
  const auth = await startProcess(t, main, { env, readyUrl });
  const call = async (path: string, init: RequestInit) => {
    const answer = await fetch(origin + path, { ...init, signal: AbortSignal.timeout(8000) });
    const body = (await answer.text()) || '{}';
    return { ...(JSON.parse(body) as { code?: string; access_token?: string; refresh_token?: string }), status: answer.status };
  };
  const post = (path: string, payload: object) =>
    call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload) });
  const get = (path: string, token?: string) => call(path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  let people = 0;
  const signIn = async () => {
    people += 1;
    const credentials = { username: `person${people}`, password: 'a long enough password' };
    await post('/register', credentials);
    const { access_token = '', refresh_token = '' } = await post('/login', credentials);
    return { access_token, refresh_token };
  };
  return { auth, env, readyUrl, postgres, redis, get, post, signIn };
}
