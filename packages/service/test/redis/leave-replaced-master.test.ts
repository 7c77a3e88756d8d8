import { freePort, needsReal, startRedis, until } from '@countersign/testing';
import { Redis } from 'ioredis';
import t from 'tap';
import { leaveReplacedMaster } from '../../src/redis/leave-replaced-master.ts';

const OPTIONS = { connectTimeout: 2000, disconnectTimeout: 250, retryStrategy: () => 50 };

t.test('a connection leaves its master each time that this one is replaced, and no other time', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const printed = t.capture(console, 'error', () => {});
  // To those who subscribe, a server that publishes the same is a sentinel.
  const { url, port } = await startRedis(t);
  const [redis, publisher] = [new Redis(url, OPTIONS), new Redis(url)];
  t.teardown(() => {
    redis.disconnect();
    publisher.disconnect();
  });
  const nodes = [port, await freePort()].map((sentinel) => ({ host: '127.0.0.1', port: sentinel }));
  leaveReplacedMaster(redis, { nodes, master: 'mymaster', tls: false }, OPTIONS);
  let left = 0;
  redis.on('close', () => {
    left += 1;
  });
  const isHeard = async () => (await publisher.pubsub('NUMSUB', '+switch-master'))[1] === 1;
  const tellOf = (name: string) => `${name} 127.0.0.1 1 127.0.0.1 2`;

  const calls = t.capture(redis, 'disconnect', () => {});
  await until(isHeard);
  // In one step: they arrive together.
  await publisher.multi().publish('+switch-master', tellOf('another')).publish('+switch-master', tellOf('mymaster')).exec();
  const told = await until(() => {
    const found = calls();
    return found.length > 0 ? found : null;
  });
  t.strictSame(
    told.map(({ args }) => args),
    [[true]],
    'not for another master',
  );
  calls.restore();

  for (const time of [1, 2]) {
    await until(isHeard);
    await publisher.publish('+switch-master', tellOf('mymaster'));
    await until(() => left === time && redis.status === 'ready');
  }
  t.strictSame(printed(), [], 'a sentinel that is down is no news: the others tell the same');
});
