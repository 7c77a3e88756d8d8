import { once } from 'node:events';
import { connect } from 'node:net';
import { connectRedis } from '@countersign/service';
import t from 'tap';
import { startRedisStandIn } from '../src/redis-stand-in.ts';

void t.test('it ends while clients are connected, also one that has never sent anything', async (t) => {
  const redis = await startRedisStandIn(0);
  const client = connectRedis(redis.url);
  t.teardown(() => client.disconnect());
  await once(client, 'ready');
  const silent = connect(Number(new URL(redis.url).port), '127.0.0.1');
  t.teardown(() => silent.destroy());
  silent.on('error', () => {});
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  t.equal(await client.set('a', '1'), 'OK');
  await redis.close();
  await closed;
});

void t.test('of two commands that are sent together the second one is answered at once, too', async (t) => {
  const redis = await startRedisStandIn(0);
  t.teardown(() => redis.close());
  const client = connectRedis(redis.url);
  t.teardown(() => client.disconnect());
  await once(client, 'ready');
  const tookMs: number[] = [];
  for (let i = 0; i < 51; i++) {
    const sentAtMs = performance.now();
    await Promise.all([client.get('a'), client.get('b')]);
    tookMs.push(performance.now() - sentAtMs);
  }
  // Nagle's algorithm holds it back until the first one is acknowledged, up to 40 ms later.
  const median = tookMs.toSorted((a, b) => a - b)[25] as number;
  t.ok(median < 20, `${median} ms`);
});
