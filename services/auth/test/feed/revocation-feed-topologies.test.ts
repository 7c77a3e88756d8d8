import { connectRedis, type Redis } from '@countersign/service';
import { needsReal, type StartedRedis, startRedisCluster, startReplicatedRedis, until } from '@countersign/testing';
import { revokedKey } from '@countersign/tokens';
import { Cluster, Redis as SingleRedis } from 'ioredis';
import { type Test, test } from 'tap';
import { startRevocationFeed } from '../../src/feed/start-revocation-feed.ts';
import { feedStack, flushed, jti, nextHeartbeat, readList } from './feed-stack.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

test('on a cluster of three nodes every entry is in the stream and under its key, and a lost list is rebuilt', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { db, revoke } = await feedStack(t);
  const { nodes, url } = await startRedisCluster(t);
  const redis = connectRedis(url);
  redis.on('error', () => {});
  const feed = startRevocationFeed({ db, redis, log: silent });
  const eyes = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
  t.teardown(async () => {
    await feed.close();
    redis.disconnect();
    eyes.disconnect();
  });
  const ids = Array.from({ length: 30 }, (_, i) => `token-${String(i).padStart(2, '0')}`);
  const { epoch } = await nextBeat(eyes);
  await revoke(...ids.map((id) => jti(id)));
  await flushed(feed);
  t.strictSame((await readList(eyes)).ids, ids);
  await until(async () => (await Promise.all(ids.map((id) => eyes.exists(revokedKey(jti(id)))))).every((found) => found === 1));
  await Promise.all(eyes.nodes('master').map((node) => node.flushall()));
  const list = await until(async () => {
    const found = await nextBeat(eyes);
    return found.epoch !== epoch ? found : null;
  });
  t.strictSame(list.ids, ids);
});

test('after a sentinel failover that lost acknowledged entries they are in the list again, under a new epoch', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { db, revoke } = await feedStack(t);
  const { master, replica, sentinelPort } = await startReplicatedRedis(t);
  const onReplica = client(t, replica);
  const redis = connectRedis(`redis+sentinel://127.0.0.1:${sentinelPort}/mymaster`);
  redis.on('error', () => {});
  const feed = startRevocationFeed({ db, redis, log: silent });
  t.teardown(async () => {
    await feed.close();
    redis.disconnect();
  });
  const onMaster = client(t, master);
  await revoke(jti('replicated'));
  await flushed(feed);
  const before = await nextBeat(onMaster);
  t.strictSame(before.ids, ['replicated']);
  await until(async () => (await readList(onReplica)).ids.length === 1);

  // Replication is cut: what the master acknowledges from now on dies with it.
  await onReplica.config('SET', 'masterauth', 'which the master refuses');
  await onMaster.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await revoke(jti('acknowledged-and-lost'));
  await flushed(feed);
  t.strictSame((await readList(onMaster)).ids, ['acknowledged-and-lost', 'replicated']);
  await master.kill();
  t.strictSame((await readList(onReplica)).ids, ['replicated']);
  await revoke(jti('in-between'));
  await feed.flush();

  const after = await until(
    async () => {
      const list = await readList(onReplica);
      return list.heartbeats.length === 1 && list.epoch !== before.epoch && list.heartbeats[0]?.epoch === list.epoch ? list : null;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
  t.strictSame(after.ids, ['acknowledged-and-lost', 'in-between', 'replicated']);
});

const nextBeat = (redis: Redis) => nextHeartbeat({ redis: redis as SingleRedis, keyPrefix: '' });

function client(t: Test, server: StartedRedis): SingleRedis {
  const redis = new SingleRedis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => {});
  t.teardown(() => redis.disconnect());
  return redis;
}
