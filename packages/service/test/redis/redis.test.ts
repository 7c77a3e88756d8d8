import { once } from 'node:events';
import { needsReal, startRedis, testRedis, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { connectRedis, type Redis } from '../../src/index.ts';
import type { RedisConnectionOptions } from '../../src/redis/redis.ts';
import type { RedisTarget } from '../../src/redis/redis-url.ts';
import { isUnavailable } from '../../src/unavailable.ts';

async function connectFor(t: Test, target: RedisTarget | string, options?: RedisConnectionOptions): Promise<Redis> {
  const redis = connectRedis(target, options);
  t.teardown(() => redis.disconnect());
  await until(() => redis.status === 'ready');
  return redis;
}

async function unavailableWithin(t: Test, limitMs: number, call: Promise<unknown>): Promise<void> {
  const began = performance.now();
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  const tookMs = performance.now() - began;
  t.ok(isUnavailable(error), String(error));
  t.ok(tookMs < limitMs, `refused after ${Math.round(tookMs)} ms`);
}

const worksAgain = (redis: Redis) => until(async () => (await redis.ping()) === 'PONG', { timeoutMs: 10_000 });

t.test('commands work, under the prefix that was asked for', async (t) => {
  const { url } = await testRedis(t);
  const redis = await connectFor(t, url, { keyPrefix: 'mine:' });
  const bare = await connectFor(t, url);
  await redis.set('key', 'value');
  t.equal(await bare.get('mine:key'), 'value');
});

t.test('a paused Redis is given up within 2 s, and is used again when it goes on', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startRedis(t);
  const redis = await connectFor(t, server.url);
  server.pause();
  await unavailableWithin(t, 2000, redis.get('key'));
  await unavailableWithin(t, 2000, redis.get('key'));
  server.resume();
  await worksAgain(redis);
});

t.test('closing the connection to a paused Redis does not wait for it', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startRedis(t);
  const redis = await connectFor(t, server.url);
  server.pause();
  const began = performance.now();
  redis.disconnect();
  await until(() => redis.status === 'end');
  t.ok(performance.now() - began < 1000);
});

t.test('a Redis that is gone refuses at once, and is used again when it is back', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startRedis(t);
  const redis = await connectFor(t, server.url);
  await server.kill();
  await until(() => redis.status === 'reconnecting');
  for (let round = 0; round < 5; round += 1) await unavailableWithin(t, 1000, redis.get('key'));
  await server.restart();
  await worksAgain(redis);
});

t.test('a Redis that was never there refuses at once and is used when it comes', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startRedis(t);
  await server.kill();
  const redis = connectRedis(server.url);
  t.teardown(() => redis.disconnect());
  await unavailableWithin(t, 1000, redis.get('key'));
  await server.restart();
  await worksAgain(redis);
});

t.test('an ACL user is entered with name and password, and another password is refused', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const server = await startRedis(t);
  const administrator = await connectFor(t, server.url);
  await administrator.acl('SETUSER', 'app', 'on', '>s3cret/@', '~*', '+@all');
  const redis = await connectFor(t, `redis://app:s3cret%2F%40@127.0.0.1:${server.port}`);
  t.equal(await redis.acl('WHOAMI'), 'app');
  await administrator.acl('SETUSER', 'default', 'off');
  const wrong = connectRedis(`redis://app:other@127.0.0.1:${server.port}`);
  t.teardown(() => wrong.disconnect());
  const [refused] = (await once(wrong, 'error')) as [Error];
  t.match(refused.message, /^WRONGPASS/);
});
