import { mock } from 'node:test';
import { connectRedis, createMetrics } from '@countersign/service';
import { needsReal, startRedis, until } from '@countersign/testing';
import { type Test, test } from 'tap';
import { startRevocationFeed } from '../../src/feed/start-revocation-feed.ts';
import { feedStack, jti, readList } from './feed-stack.ts';

/** A feed whose timer stands still, on a Redis that keeps nothing on disk. */
async function startOn(t: Test, { isConnected }: { readonly isConnected: boolean }) {
  const { db, revoke } = await feedStack(t);
  const server = await startRedis(t);
  const eyes = connectRedis(server.url);
  await until(() => eyes.status === 'ready');
  const redis = connectRedis(server.url);
  if (isConnected) await until(() => redis.status === 'ready');
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const warnings: string[] = [];
  const metrics = createMetrics();
  const log = { info: () => {}, warn: (_fields: object, message: string) => void warnings.push(message), error: () => {} };
  const feed = startRevocationFeed({ db, redis, log, metrics });
  t.teardown(async () => {
    await feed.close();
    redis.disconnect();
    eyes.disconnect();
  });
  return { feed, revoke, redis, server, eyes, warnings, metrics };
}

for (const isConnected of [true, false]) {
  const when = isConnected ? 'at once on a connection that is there' : 'when its connection is made';
  test(`a feed begins and tells what puts the list at risk ${when}`, async (t) => {
    if (!needsReal(t, 'redis')) return;
    const { eyes, warnings } = await startOn(t, { isConnected });
    await until(async () => (await readList(eyes)).epoch !== null);
    await until(() => warnings.length > 0);
    t.match(warnings, [/keeps nothing on disk/]);
    t.equal(warnings.length, 1);
  });
}

test('a Redis that is back is looked at when it is, and not when the next heartbeat is due', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const { server, eyes, redis, warnings } = await startOn(t, { isConnected: false });
  const hasList = async () => (await readList(eyes).catch(() => null))?.epoch != null;
  await until(hasList);
  await until(() => warnings.length > 0);
  await server.restart();
  await until(hasList);
  // Whatever was asked of Redis when it came back has its answer by now.
  for (let i = 0; i < 5; i += 1) await redis.ping();
  t.equal(warnings.filter((warning) => /keeps nothing on disk/.test(warning)).length, 1, 'its risk is told at the start alone');
});

test('what the feed knows of itself is measured, each figure under its own name', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const { feed, revoke, redis, metrics } = await startOn(t, { isConnected: true });
  const value = async (name: string) => {
    const lines = (await metrics.registry.metrics()).split('\n');
    return Number(lines.find((line) => line.startsWith(`countersign_feed_${name} `))?.split(' ')[1]);
  };
  t.equal(await value('last_heartbeat_timestamp_seconds'), 0);
  await revoke(jti('a'), jti('b'));
  const begun = performance.now();
  await feed.flush();
  await until(async () => (await value('publish_seconds_count')) === 1);
  const seconds = await value('publish_seconds_sum');
  t.ok(seconds > 0 && seconds <= (performance.now() - begun) / 1000, `published within ${seconds} s`);
  const lastBeatMs = await until(() => feed.stats().lastBeatMs);
  t.equal(await value('last_heartbeat_timestamp_seconds'), lastBeatMs / 1000);
  await redis.flushall();
  feed.wake();
  await until(() => feed.stats().rebuilds === 1 && (feed.stats().lastBeatMs ?? 0) > lastBeatMs);
  const { sent } = feed.stats();
  t.ok(sent >= 4, 'each before and after the loss');
  t.strictSame([await value('list_rebuilds_total'), await value('sent_total'), await value('publishing')], [1, sent, 1]);
  redis.disconnect();
  await revoke(jti('c'), jti('d'), jti('e'));
  await until(() => redis.status === 'end');
  feed.wake();
  await until(() => feed.stats().unsent === 3);
  t.strictSame([await value('unsent'), await value('publishing')], [3, 0]);
  t.equal(await value('oldest_unsent_seconds'), feed.stats().oldestSeconds);
});
