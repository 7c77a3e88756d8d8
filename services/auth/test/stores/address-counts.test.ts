import { testRedis } from '@countersign/testing';
import t, { type Test } from 'tap';
import type { AddressCounts } from '../../src/domain/address-counts.ts';
import { createMemoryAddressCounts } from '../../src/stores/address-counts.memory.ts';
import { createRedisAddressCounts } from '../../src/stores/address-counts.redis.ts';

const WINDOW_MS = 60_000;

/** @param letPass - ends the window of the key */
async function keepsTheContract(t: Test, counts: AddressCounts, letPass: (key: string) => Promise<unknown>) {
  const increment = (key: string) => counts.increment(key, WINDOW_MS);
  const first = await increment('a');
  t.equal(first.requests, 1);
  t.ok(first.endsInMs > WINDOW_MS - 5000 && first.endsInMs <= WINDOW_MS, `${first.endsInMs}`);
  t.match(await increment('a'), { requests: 2 });
  t.match(await increment('b'), { requests: 1 }, 'another address');
  await letPass('a');
  t.match(await increment('a'), { requests: 1 }, 'a new window');
  t.match(await increment('a'), { requests: 2 });
}

t.test('each address is counted by itself, in windows: in Redis', async (t) => {
  const { redis } = await testRedis(t);
  await keepsTheContract(t, createRedisAddressCounts(redis), (key) => redis.pexpire(`countersign:rate:${key}`, 0));
});

t.test('each address is counted by itself, in windows: in memory', async (t) => {
  let nowMs = 0;
  await keepsTheContract(
    t,
    createMemoryAddressCounts(() => nowMs),
    async () => (nowMs += WINDOW_MS),
  );
});

t.test('a window isn’t prolonged by the requests in it: in Redis', async (t) => {
  const { redis } = await testRedis(t);
  const counts = createRedisAddressCounts(redis);
  await counts.increment('a', WINDOW_MS);
  await redis.pexpire('countersign:rate:a', WINDOW_MS / 2);
  const { requests, endsInMs } = await counts.increment('a', WINDOW_MS);
  t.equal(requests, 2);
  t.ok(endsInMs <= WINDOW_MS / 2, `${endsInMs}`);
});

t.test('a window isn’t prolonged by the requests in it: in memory', async (t) => {
  let nowMs = 0;
  const counts = createMemoryAddressCounts(() => nowMs);
  await counts.increment('a', WINDOW_MS);
  nowMs = WINDOW_MS - 1;
  t.strictSame(await counts.increment('a', WINDOW_MS), { requests: 2, endsInMs: 1 });
  nowMs = WINDOW_MS;
  t.strictSame(await counts.increment('a', WINDOW_MS), { requests: 1, endsInMs: WINDOW_MS });
});

t.test('whoever has 100,000 addresses drives out the oldest counts, and none of the younger ones', async (t) => {
  const counts = createMemoryAddressCounts(() => 0);
  const increment = async (key: string) => (await counts.increment(key, WINDOW_MS)).requests;
  await increment('oldest');
  await increment('second');
  for (let i = 0; i < 99_999; i += 1) await increment(`flood ${i}`);
  t.equal(await increment('second'), 2);
  t.equal(await increment('flood 99998'), 2);
  t.equal(await increment('oldest'), 1, 'begins again');
});
