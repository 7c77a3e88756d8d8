import { createRequire } from 'node:module';
import { freePort, needsReal, startRedisCluster, startReplicatedRedis, until } from '@countersign/testing';
import { REVOCATION_STREAM_KEY } from '@countersign/tokens';
import { Cluster, Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { type RevocationFollower, startFollowingRevocations } from '../../src/revocation/follow-revocations.ts';
import { createFeed, nowSeconds } from '../feed.ts';

const LONG = { timeoutMs: 20_000, everyMs: 50 };
/** Clients like those of a service: nothing waits in a queue, nothing is retried. */
const CLIENT = { commandTimeout: 1000, maxRetriesPerRequest: 1, enableOfflineQueue: false, retryStrategy: () => 100 };

function followWith(t: Test, redis: Redis | Cluster): RevocationFollower {
  redis.on('error', () => {});
  const follower = startFollowingRevocations({ redis, maxStalenessSeconds: 2 });
  t.teardown(async () => {
    await follower.close();
    redis.disconnect();
  });
  return follower;
}

/** A follower that is in sync with the master of a replicated Redis. */
async function followBehindSentinels(t: Test) {
  const servers = await startReplicatedRedis(t);
  const redis = new Redis({ ...CLIENT, sentinels: [{ host: '127.0.0.1', port: servers.sentinelPort }], name: 'mymaster' });
  const follower = followWith(t, redis);
  await beatUntil(redis, () => follower.isFresh() === true);
  return { ...servers, redis, follower };
}

function revoked(follower: RevocationFollower, jti: string): boolean {
  const iat = nowSeconds();
  return follower.isRevoked({ kid: 'k', claims: { iss: 'i', aud: 'a', sub: 's', client_id: 'c', iat, exp: iat + 900, jti } }) === true;
}

/** The auth service beats about once a second and, like here, keeps trying while Redis is down. */
async function beatUntil(redis: Redis | Cluster, check: () => boolean): Promise<void> {
  await until(async () => {
    await createFeed(redis).beat();
    return check();
  }, LONG);
}

async function revokeUntilSeen(redis: Redis | Cluster, follower: RevocationFollower, jti: string): Promise<void> {
  await until(() => createFeed(redis).revoke({ kind: 'jti', id: jti }), LONG);
  await until(() => revoked(follower, jti), LONG);
}

t.test('behind sentinels a failover is followed to the new master', { timeout: 60_000 }, async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { master, redis, follower } = await followBehindSentinels(t);
  await revokeUntilSeen(redis, follower, 'before');

  await master.kill();
  await revokeUntilSeen(redis, follower, 'after');
  t.ok(revoked(follower, 'before'));
});

t.test('behind sentinels a master that was replaced but still answers, as in a split network, is left', { timeout: 60_000 }, async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { replica, sentinelPort, redis, follower } = await followBehindSentinels(t);
  await revokeUntilSeen(redis, follower, 'before');

  const successor = await replaceMaster(t, replica.port, sentinelPort);
  await revokeUntilSeen(successor, follower, 'after');
  await beatUntil(successor, () => (follower.stats().heartbeatAgeSeconds ?? 9) < 1);
  t.ok(revoked(follower, 'before'));
});

t.test('a replaced master is left at once when the connection that was given leaves it', { timeout: 60_000 }, async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { replica, sentinelPort, redis, follower } = await followBehindSentinels(t);
  const successor = await replaceMaster(t, replica.port, sentinelPort);
  await createFeed(redis).beat(); // at the former master: for the next five seconds the follower misses none
  redis.disconnect(true);
  const hasLeft = async () => {
    await createFeed(successor).revoke({ kind: 'jti', id: 'after' });
    return revoked(follower, 'after');
  };
  await until(hasLeft, { timeoutMs: 4000, everyMs: 20 });
});

/** Makes the replica the master, as far as the sentinel knows; the former one isn't told. */
async function replaceMaster(t: Test, replicaPort: number, sentinelPort: number): Promise<Redis> {
  const [sentinel, successor] = [new Redis(sentinelPort), new Redis(replicaPort)];
  t.teardown(() => [sentinel, successor].map((client) => client.disconnect()));
  await successor.replicaof('NO', 'ONE');
  await sentinel.call('SENTINEL', 'REMOVE', 'mymaster');
  await sentinel.call('SENTINEL', 'MONITOR', 'mymaster', '127.0.0.1', replicaPort, 1);
  return successor;
}

t.test('in a cluster with a password the list is followed, again when its node has come back empty', { timeout: 60_000 }, async (t) => {
  if (!needsReal(t, 'faults')) return;
  const password = 'secret';
  const { nodes, ownerOf } = await startRedisCluster(t, { password });
  const redis = new Cluster(
    nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    { redisOptions: { ...CLIENT, password, commandTimeout: 300 }, enableOfflineQueue: false, clusterRetryStrategy: () => 100 },
  );
  const follower = followWith(t, redis);
  await beatUntil(redis, () => follower.isFresh() === true);
  await revokeUntilSeen(redis, follower, 'before');
  // A read waits for news longer than that client waits for an answer.
  await until(() => (follower.stats().heartbeatAgeSeconds ?? 0) > 1.5);
  const { answerAgeSeconds, heartbeatAgeSeconds } = follower.stats();
  t.ok((answerAgeSeconds ?? 9) < (heartbeatAgeSeconds ?? 0) - 0.5);

  const owner = await ownerOf(REVOCATION_STREAM_KEY);
  await owner.kill();
  await until(() => follower.isFresh() === false, LONG);
  await owner.restart();
  await beatUntil(redis, () => follower.isFresh() === true);
  await revokeUntilSeen(redis, follower, 'after');
  t.ok(revoked(follower, 'before'));
});

t.test('that neither a sentinel nor a node of a cluster can be reached is told as such, at once', async (t) => {
  const port = await freePort();
  const host = '127.0.0.1';
  const clients = {
    'All sentinels are unreachable': () => new Redis({ ...CLIENT, sentinels: [{ host, port }], name: 'mymaster', lazyConnect: true }),
    'None of startup nodes is available': () => new Cluster([{ host, port }], { redisOptions: CLIENT, lazyConnect: true }),
  };
  for (const [message, client] of Object.entries(clients)) {
    const { promise: told, resolve: tell } = Promise.withResolvers<object>();
    const follower = startFollowingRevocations({ redis: client(), log: { info: () => {}, warn: tell } });
    t.teardown(() => follower.close());
    t.match(await told, { err: { message: new RegExp(message) } });
  }
});

t.test('a cluster of another copy of ioredis, as a service may have beside this package’s, is followed as a cluster', async (t) => {
  const { Cluster: Another } = anotherCopyOfIoredis();
  t.not(Another, Cluster);
  const redis = new Another([{ host: '127.0.0.1', port: await freePort() }], { redisOptions: CLIENT });
  redis.on('error', () => {});
  const { promise: told, resolve: tell } = Promise.withResolvers<object>();
  const follower = startFollowingRevocations({ redis, log: { info: () => {}, warn: tell } });
  t.teardown(() => follower.close());
  t.teardown(() => redis.disconnect());
  t.match(await told, { err: { message: /None of startup nodes is available/ } });
});

function anotherCopyOfIoredis(): typeof import('ioredis') {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache)) if (path.includes('/ioredis/')) delete require.cache[path];
  return require('ioredis');
}
