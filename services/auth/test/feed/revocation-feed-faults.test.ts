import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectPostgres, connectRedis, migrateDatabase } from '@countersign/service';
import { BUSY_MS, needsReal, startPostgres, startProcess, startRedis, until } from '@countersign/testing';
import { revokedKey } from '@countersign/tokens';
import { Redis } from 'ioredis';
import { type Test, test } from 'tap';
import { startRevocationFeed } from '../../src/feed/start-revocation-feed.ts';
import { migrations } from '../../src/migrations.ts';
import { findRedisRisks } from '../../src/stores/redis-risks.ts';
import { createRevocationList } from '../../src/stores/revocation-list.redis.ts';
import { revokeMany } from '../../src/stores/revocations.postgres.ts';
import { feedStack, flushed, inSeconds, jti, NO_FEED, nextHeartbeat, readList } from './feed-stack.ts';
import { KILL_POINTS } from './feed-to-kill.ts';

const faulty = (title: string, body: (t: Test) => Promise<void>) =>
  test(title, async (t) => {
    if (needsReal(t, 'faults')) await body(t);
  });

const silent = { info: () => {}, warn: () => {}, error: () => {} };

async function timed(work: Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work;
  return performance.now() - since;
}

for (const point of KILL_POINTS) {
  faulty(`auth killed after the ${point}: the entry still arrives, through another instance`, async (t) => {
    const { startFeed, server, databaseUrl } = await feedStack(t);
    const child = await startProcess(t, fileURLToPath(new URL('./feed-to-kill.ts', import.meta.url)), {
      env: { DATABASE_URL: String(databaseUrl), REDIS_URL: server.url },
      args: [point, 'survivor'],
    });
    t.strictSame(await child.exit, { code: null, signal: 'SIGKILL' }, child.stderr());
    startFeed();
    const list = await until(async () => {
      const found = await nextHeartbeat(server);
      return found.ids.includes('survivor') && (await server.redis.exists(revokedKey(jti('survivor')))) === 1 ? found : null;
    });
    t.strictSame(list.ids, ['survivor']);
  });
}

faulty('Redis paused: revoking goes on, flush is short, and the entries are sent when it runs again', async (t) => {
  const { startFeed, revoke, server } = await feedStack(t);
  const feed = startFeed();
  await nextHeartbeat(server);
  server.pause();
  await revoke(jti('first'));
  t.ok((await timed(feed.flush())) < 900, 'the first flush waits its 250 ms');
  await until(() => !feed.stats().isWorking);
  await revoke(jti('second'));
  t.ok((await timed(feed.flush())) < 200, 'once Redis is known to be away nobody waits');
  await until(() => feed.stats().unsent === 2);
  t.ok(feed.stats().oldestSeconds > 0);
  server.resume();
  await until(async () => (await readList(server.redis)).ids.length === 2);
  await until(() => feed.stats().isWorking && feed.stats().unsent === 0);
});

faulty('a script that a paused Redis runs too late does nothing', async (t) => {
  const { server } = await feedStack(t);
  const redis = connectRedis(server.url);
  t.teardown(() => redis.disconnect());
  await until(() => redis.status === 'ready');
  const list = createRevocationList(redis, { minBeatGapMs: 0 });
  const now = inSeconds(0);
  const ours = await list.add({ feed: NO_FEED, readAtMs: performance.now(), nextEpoch: 'e', entries: [], mayBeat: false, now });
  const feed = { ...ours, rebuild: null };
  server.pause();
  await t.rejects(list.add({ feed, readAtMs: performance.now(), nextEpoch: 'f', entries: [jti('late')], mayBeat: true, now }), /timed out/);
  const stopped = performance.now();
  await until(() => performance.now() - stopped > 200);
  server.resume();
  const added = await until(() =>
    list.add({ feed, readAtMs: performance.now(), nextEpoch: 'f', entries: [jti('in-time')], mayBeat: true, now }).catch(() => null),
  );
  t.equal(added.fault, null);
  const { ids, heartbeats } = await readList(server.redis);
  t.strictSame(ids, ['in-time']);
  t.equal(heartbeats.length, 1);
});

faulty('Redis killed, back and empty: the list is rebuilt within 2 s of its return', async (t) => {
  const { startFeed, revoke, server } = await feedStack(t);
  const feed = startFeed();
  await revoke(jti('before'));
  const { epoch } = await nextHeartbeat(server);
  await server.kill();
  await until(() => !feed.stats().isWorking);
  await revoke(jti('while-down'));
  t.ok((await timed(feed.flush())) < 200);
  await server.restart();
  const since = performance.now();
  const list = await nextHeartbeat(server);
  t.ok(performance.now() - since < 2000 + BUSY_MS);
  t.strictSame(list.ids, ['before', 'while-down']);
  t.not(list.epoch, epoch);
});

faulty('Redis started again from an older dump: what was lost comes back under a new epoch', async (t) => {
  const { db } = await feedStack(t);
  const server = await startRedis(t, ['--dbfilename', 'dump.rdb']);
  const redis = connectRedis(server.url);
  const own = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  own.on('error', () => {});
  redis.on('error', () => {});
  const feed = startRevocationFeed({ db, redis, log: silent });
  t.teardown(async () => {
    await feed.close();
    redis.disconnect();
    own.disconnect();
  });
  const eyes = { redis: own, keyPrefix: '' };
  await nextHeartbeat(eyes);
  await revokeMany(db, jti('saved'));
  await flushed(feed);
  await own.save();
  await copyFile(join(server.folder, 'dump.rdb'), join(server.folder, 'old.rdb'));
  await revokeMany(db, jti('lost'));
  await flushed(feed);
  const before = await readList(own);
  t.strictSame(before.ids, ['lost', 'saved']);
  await server.kill();
  await copyFile(join(server.folder, 'old.rdb'), join(server.folder, 'dump.rdb'));
  await server.restart();
  const list = await nextHeartbeat(eyes);
  t.strictSame(list.ids, ['lost', 'saved']);
  t.not(list.epoch, before.epoch);
});

faulty('a restart that loses nothing (DEBUG RELOAD) is no reason for a rebuild', async (t) => {
  const { db } = await feedStack(t);
  const server = await startRedis(t, ['--enable-debug-command', 'yes']);
  const redis = connectRedis(server.url);
  const feed = startRevocationFeed({ db, redis, log: silent });
  t.teardown(async () => {
    await feed.close();
    redis.disconnect();
  });
  const eyes = { redis: redis as Redis, keyPrefix: '' };
  await revokeMany(db, jti('a'));
  const { epoch } = await nextHeartbeat(eyes);
  await (redis as Redis).call('DEBUG', 'RELOAD');
  const list = await nextHeartbeat(eyes);
  t.equal(list.epoch, epoch);
  t.strictSame(list.ids, ['a']);
});

faulty('two instances: one heartbeat a second, every entry of both arrives, one list', async (t) => {
  const { startFeed, revoke, server } = await feedStack(t);
  const [first, second] = [startFeed(), startFeed()];
  const { epoch } = await nextHeartbeat(server);
  const beats = new Set<string>();
  const since = performance.now();
  const wanted: string[] = [];
  await until(
    async () => {
      const id = `entry-${wanted.length}`;
      wanted.push(id);
      await revoke(jti(id));
      await flushed(wanted.length % 2 === 0 ? first : second);
      const list = await readList(server.redis);
      t.ok(list.ids.includes(id), `${id} is there when flush resolves`);
      for (const { streamId } of list.heartbeats) beats.add(streamId);
      return performance.now() - since > 3000;
    },
    { everyMs: 100, timeoutMs: 10_000 },
  );
  t.ok(beats.size >= 2 && beats.size <= 5, `${beats.size} heartbeats in 3 s`);
  const list = await readList(server.redis);
  t.strictSame(list.ids, wanted.toSorted());
  t.equal(list.epoch, epoch);
});

faulty('Postgres killed: flush stays short, and the feed goes on when it is back', async (t) => {
  const postgres = await startPostgres(t);
  await migrateDatabase(postgres.url, migrations);
  const server = await startRedis(t);
  const { db, close } = connectPostgres(postgres.url);
  const redis = connectRedis(server.url);
  const feed = startRevocationFeed({ db, redis, log: silent });
  t.teardown(async () => {
    await feed.close();
    redis.disconnect();
    await close();
  });
  const eyes = { redis: redis as Redis, keyPrefix: '' };
  await revokeMany(db, jti('before'));
  // Commits of the feed don't wait for the disk; a second later the kill can't take the list's name back.
  await nextHeartbeat(eyes);
  const { epoch } = await nextHeartbeat(eyes);
  await postgres.kill();
  t.ok((await timed(feed.flush())) < 900);
  await until(() => !feed.stats().isWorking, { timeoutMs: 10_000 });
  await postgres.restart();
  const list = await nextHeartbeat(eyes);
  t.strictSame(list.ids, ['before']);
  t.equal(list.epoch, epoch, 'Redis lost nothing, so nothing is rebuilt');
});

faulty('a Redis that may evict or forget is named with the reason, and silence where CONFIG is forbidden', async (t) => {
  const risks = async (...args: string[]) => {
    const server = await startRedis(t, args);
    const redis = new Redis(server.url);
    t.teardown(() => redis.disconnect());
    return { found: await findRedisRisks(redis), redis, server };
  };
  t.match((await risks('--maxmemory-policy', 'allkeys-lru', '--appendonly', 'yes')).found, [/evict any key.*allkeys-lru/]);
  t.match((await risks('--maxmemory-policy', 'volatile-ttl', '--appendonly', 'yes')).found, [/keys that expire/]);
  t.match((await risks()).found, [/keeps nothing on disk/]);
  t.strictSame((await risks('--save', '3600 1')).found, [], 'one that loses little');
  const { found, redis, server } = await risks('--appendonly', 'yes');
  t.strictSame(found, []);
  await redis.acl('SETUSER', 'blind', 'on', '>secret', 'allkeys', '+@all', '-config');
  const blind = new Redis(`redis://blind:secret@127.0.0.1:${server.port}`);
  t.teardown(() => blind.disconnect());
  t.strictSame(await findRedisRisks(blind), []);
});
