import { Redis } from 'ioredis';
import t from 'tap';
import { needsReal, testRedis, until } from '../src/index.ts';

t.test('a test Redis answers, holds streams and runs Lua', async (t) => {
  const { redis, url, keyPrefix } = await testRedis(t);
  await redis.xadd(`${keyPrefix}stream`, '*', 'kind', 'sid');
  t.equal(await redis.eval("return redis.call('xlen', KEYS[1])", 1, `${keyPrefix}stream`), 1);
  const second = new Redis(url);
  t.teardown(() => second.disconnect());
  t.equal(await second.xlen(`${keyPrefix}stream`), 1);
});

t.test('flush leaves nothing of this test', async (t) => {
  const { redis, keyPrefix, flush } = await testRedis(t);
  await redis.set(`${keyPrefix}key`, 'value');
  await flush();
  t.equal(await redis.exists(`${keyPrefix}key`), 0);
});

t.test('a paused Redis answers nothing, and answers again once resumed', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { url, pause, resume } = await testRedis(t);
  const impatient = new Redis(url, { commandTimeout: 100, maxRetriesPerRequest: 1 });
  impatient.on('error', () => {});
  t.teardown(() => impatient.disconnect());
  t.equal(await until(() => impatient.ping()), 'PONG');
  pause();
  await t.rejects(impatient.ping(), /timed out/);
  resume();
  t.equal(await until(() => impatient.ping()), 'PONG');
});

t.test('a killed Redis is gone, and comes back empty on the same port', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { redis, kill, restart } = await testRedis(t);
  await redis.set('key', 'value');
  await kill();
  const late = redis.duplicate({ lazyConnect: true, retryStrategy: () => null });
  late.on('error', () => {});
  await t.rejects(late.connect());
  await restart();
  t.equal(await redis.exists('key'), 0);
});
