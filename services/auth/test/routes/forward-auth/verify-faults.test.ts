import { randomBytes } from 'node:crypto';
import { connectPostgres, connectRedis, createServer, migrateDatabase, type Server } from '@countersign/service';
import { loadConfig } from '@countersign/service/process';
import { needsReal, startPostgres, testRedis, until } from '@countersign/testing';
import type { Judgement } from '@countersign/verifier/parts';
import t, { type Test } from 'tap';
import { settings } from '../../../src/config.ts';
import { migrations } from '../../../src/migrations.ts';
import { verifyRoute } from '../../../src/routes/forward-auth/verify.ts';
import { startAuth } from '../../../src/start.ts';
import { testAuth } from '../../test-auth.ts';

const secret = () => randomBytes(32).toString('base64');

/** Auth in this process, on servers that the test can pause, and somebody who has signed in. */
async function authToDisturb(t: Test, env: Readonly<Record<string, string>> = {}) {
  const [postgres, redis] = await Promise.all([startPostgres(t), testRedis(t)]);
  await migrateDatabase(postgres.url, migrations);
  const config = loadConfig(settings, {
    ISSUER: 'http://localhost:8080',
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    KEY_ENCRYPTION_KEY: secret(),
    REFRESH_TOKEN_SECRET: secret(),
    LOG_LEVEL: 'silent',
    ...env,
  });
  const connection = connectRedis(redis.url);
  const database = connectPostgres(postgres.url);
  const app = await startAuth({ config, db: database.db, redis: connection });
  t.teardown(async () => {
    postgres.resume();
    redis.resume();
    await app.close();
    connection.disconnect();
    await database.close();
  });
  const credentials = { username: 'member-1', password: 'a long enough password' };
  await app.inject({ method: 'POST', url: '/register', payload: credentials });
  const { access_token } = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json();
  const get = (url: string) => app.inject({ url, headers: { authorization: `Bearer ${access_token}` } });
  await until(async () => (await get('/verify')).statusCode === 204);
  return { postgres, redis, get };
}

t.test('no request waits for Redis or Postgres: with both paused the answers are the same', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { postgres, redis, get } = await authToDisturb(t);
  postgres.pause();
  redis.pause();
  const answers = await Promise.all(Array.from({ length: 500 }, () => get('/verify?scope=books:read')));
  t.equal(answers.filter(({ statusCode }) => statusCode === 204).length, 500);
  t.equal((await get('/verify?role=admin')).statusCode, 403);
  t.equal((await get('/me')).statusCode, 503, 'what does need the database doesn’t get by');
});

t.test('requests cost no commands in Redis', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { redis, get } = await authToDisturb(t);
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.redis.info('stats'))?.[1]);
  const rate = async (work: () => Promise<unknown>) => {
    const [begun, before] = [performance.now(), await commands()];
    await work();
    return { commands: (await commands()) - before, seconds: (performance.now() - begun) / 1000 };
  };
  const busy = await rate(async () => {
    for (let i = 0; i < 2000; i += 1) await get('/verify');
  });
  // The feed and its follower go on with their own few a second.
  t.ok(busy.commands < 40 + busy.seconds * 60, `${busy.commands} commands in ${busy.seconds} s for 2000 requests`);
});

t.test('an instance that says it is ready answers /verify; where Redis is down it says so after some seconds all the same', async (t) => {
  const { app, redis, start } = await testAuth(t);
  const ready = async (instance: Server) => (await instance.inject('/readyz')).statusCode === 200;
  const credentials = { username: 'member-1', password: 'a long enough password' };
  await app.inject({ method: 'POST', url: '/register', payload: credentials });
  const { access_token } = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json();
  const another = await start();
  await until(() => ready(another));
  t.equal((await another.inject({ url: '/verify', headers: { authorization: `Bearer ${access_token}` } })).statusCode, 204);

  if (!needsReal(t, 'faults')) return;
  redis.pause();
  t.teardown(() => redis.resume());
  const late = await start();
  t.match((await late.inject('/readyz')).json(), { not_ready: { revocations: 'the list of revocations has not been read yet' } });
  await until(() => ready(late));
});

t.test('while Redis is lost, /verify says that it can’t know; the rest of auth goes on, ready', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { redis, get } = await authToDisturb(t, { REVOCATION_MAX_STALENESS_SECONDS: '1' });
  redis.pause();
  const refused = await until(async () => {
    const answer = await get('/verify');
    return answer.statusCode === 204 ? null : answer;
  });
  t.equal(refused.statusCode, 503);
  t.equal(refused.json().code, 'revocation_unavailable');
  t.equal(refused.headers['x-problem-code'], 'revocation_unavailable');
  t.ok(refused.headers['retry-after']);
  t.equal((await get('/me')).statusCode, 200);
  t.equal((await get('/readyz')).statusCode, 200);
  redis.resume();
  await until(async () => (await get('/verify')).statusCode === 204, { timeoutMs: 10_000 });
});

t.test('REVOCATION_ON_STALE=accept goes on with what it knows', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { redis, get } = await authToDisturb(t, { REVOCATION_MAX_STALENESS_SECONDS: '1', REVOCATION_ON_STALE: 'accept' });
  redis.pause();
  const stale = performance.now() + 2000;
  await until(() => performance.now() > stale);
  t.equal((await get('/verify')).statusCode, 204);
});

t.test('a judgement that fails is a fault of the server, told at once, and lets nobody through', async (t) => {
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  const judgeRequest = () => Promise.reject(new TypeError('nobody foresaw this'));
  await server.register(verifyRoute, { judgeRequest, audience: ['urn:countersign:api'], onStale: 'reject' });
  t.teardown(() => server.close());
  t.match((await server.inject('/verify')).json(), { status: 500, code: 'internal' });
});

t.test('a judgement that comes after the time limit has answered is dropped', async (t) => {
  const lines: string[] = [];
  const server = createServer({
    logLevel: 'warn',
    trustProxy: [],
    handlerTimeoutMs: 20,
    logStream: { write: (line) => void lines.push(line) },
  });
  const { promise, resolve } = Promise.withResolvers<Judgement>();
  await server.register(verifyRoute, { judgeRequest: () => promise, audience: ['urn:countersign:api'], onStale: 'reject' });
  t.teardown(() => server.close());
  t.equal((await server.inject('/verify')).statusCode, 503);
  const told = lines.length;
  resolve({ kid: 'key-1', claims: { sub: 'user-1', client_id: 'first-party' } } as Judgement);
  await promise;
  await new Promise(setImmediate);
  t.strictSame(lines.slice(told), []);
});
