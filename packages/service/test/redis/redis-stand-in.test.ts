import { once } from 'node:events';
import { freePort, needsReal, testRedis } from '@countersign/testing';
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core';
import t from 'tap';
import { connectRedis } from '../../src/index.ts';
import { refuseRedisStandIn } from '../../src/redis/redis-stand-in.ts';

t.test('a stand-in for Redis is refused in words', async (t) => {
  const standIn = new Resp2Server({ server: new RedisServerState(), executor: createRedisCommandExecutor() });
  standIn.server.listen(0, '127.0.0.1');
  await once(standIn.server, 'listening');
  const redis = connectRedis(`redis://127.0.0.1:${standIn.getPort()}`);
  t.teardown(async () => {
    redis.disconnect();
    await standIn.close();
  });
  await t.rejects(refuseRedisStandIn(redis), { name: 'StartError', message: /js-redis-server.*npm start/ });
});

t.test('a real Redis is accepted', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const { url } = await testRedis(t);
  const redis = connectRedis(url);
  t.teardown(() => redis.disconnect());
  await t.resolves(refuseRedisStandIn(redis));
});

t.test('a Redis that is down at the start stops nobody', async (t) => {
  const redis = connectRedis(`redis://127.0.0.1:${await freePort()}`);
  t.teardown(() => redis.disconnect());
  await t.resolves(refuseRedisStandIn(redis));
});
