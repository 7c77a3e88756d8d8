import { connectRedis } from '@countersign/service';
import { needsReal, startRedis, startRedisCluster, testRedis, until } from '@countersign/testing';
import t from 'tap';
import { type Backoff, createBackoff, type LoginFailures, waitAfterMs } from '../../src/domain/people/login-throttle.ts';
import { createMemoryLoginFailures } from '../../src/stores/login-failures.memory.ts';
import { createRedisLoginFailures } from '../../src/stores/login-failures.redis.ts';
import { createLoginFailures } from '../../src/stores/login-failures.ts';

const { redis } = await testRedis(t);

t.test('the wait after each failure: none at first, then doubling up to a quarter of an hour', async (t) => {
  const backoff = createBackoff(10);
  t.strictSame(
    [1, 9, 10, 11, 12, 17, 18, 100, 5000].map((failures) => waitAfterMs(failures, backoff)),
    [0, 0, 5000, 10_000, 20_000, 640_000, 900_000, 900_000, 900_000],
  );
});

interface Store {
  readonly failures: LoginFailures;
  /** So much time goes by for this account. */
  pass(key: string, ms: number): Promise<void>;
}

const stores: Record<string, () => Store> = {
  redis: () => ({ failures: createRedisLoginFailures(redis), pass: expireEarlier }),
  memory: () => {
    let nowMs = 0;
    const pass = async (_key: string, ms: number) => {
      nowMs += ms;
    };
    return { failures: createMemoryLoginFailures(() => nowMs), pass };
  },
};

/** Redis has no clock to set: what it keeps of the account expires so much earlier instead. */
async function expireEarlier(key: string, ms: number): Promise<void> {
  const kept = await redis.keys(`countersign:login:{${key}}:*`);
  for (const name of kept) {
    const leftMs = await redis.pttl(name);
    if (leftMs > ms) await redis.pexpire(name, leftMs - ms);
    else if (leftMs >= 0) await redis.del(name);
  }
}

for (const [name, create] of Object.entries(stores)) {
  const { failures, pass } = create();
  const backoff: Backoff = { freeFailures: 3, windowMs: 60_000, firstWaitMs: 20_000, longestWaitMs: 40_000 };

  t.test(`${name}: failures are free up to the limit, then each next one has to wait`, async (t) => {
    for (let i = 0; i < 3; i++) t.equal(await failures.add('a', backoff), 0);
    const wait = await failures.blockedForMs('a');
    t.ok(wait > 10_000 && wait <= 20_000, `${wait} ms`);
    t.ok((await failures.add('a', backoff)) > 0, 'one that has to wait is told so');
    await pass('a', 10_000);
    const rest = await failures.blockedForMs('a');
    t.ok(rest > 0 && rest <= 10_000, `half of it later ${rest} ms`);
    await pass('a', 10_000);
    t.equal(await failures.blockedForMs('a'), 0);
    t.equal(await failures.add('a', backoff), 0);
    const longer = await failures.blockedForMs('a');
    t.ok(longer > 20_000 && longer <= 40_000, `the fourth failure: ${longer} ms`);
    t.equal(await failures.blockedForMs('b'), 0, 'others are not concerned');
    t.ok((await failures.clear('a')) > 0, 'nor are they forgotten while the next one has to wait');
    t.ok((await failures.blockedForMs('a')) > 20_000, 'which it still has to');
    await pass('a', 40_000);
    t.equal(await failures.clear('a'), 0);
    t.equal(await failures.add('a', backoff), 0);
    t.equal(await failures.blockedForMs('a'), 0, 'the count begins anew');
  });

  t.test(`${name}: no wait is longer than the longest`, async (t) => {
    const strict = { ...backoff, freeFailures: 1 };
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      t.equal(await failures.add('stubborn', strict), 0);
      waits.push(Math.ceil((await failures.blockedForMs('stubborn')) / 10_000));
      await pass('stubborn', 40_000);
    }
    t.strictSame(waits, [2, 4, 4, 4]);
  });

  t.test(`${name}: of many failures at once no more count than are free`, async (t) => {
    const waits = await Promise.all(Array.from({ length: 30 }, () => failures.add('many', backoff)));
    t.equal(waits.filter((wait) => wait === 0).length, 3);
  });

  t.test(`${name}: a very large limit is a limit`, async (t) => {
    const large = { ...backoff, freeFailures: 1_000_000 };
    t.equal(await failures.add('large', large), 0);
    t.equal(await failures.blockedForMs('large'), 0);
  });

  t.test(`${name}: failures are forgotten after the window`, async (t) => {
    const two = { ...backoff, freeFailures: 2 };
    await failures.add('late', two);
    await pass('late', 60_000);
    await failures.add('late', two);
    t.equal(await failures.blockedForMs('late'), 0, 'two failures, but not within one window');
    await pass('late', 30_000);
    await failures.add('late', two);
    t.ok((await failures.blockedForMs('late')) > 0, 'their twins are');
  });

  t.test(`${name}: the window begins after the wait, or the longest wait would be followed by free failures`, async (t) => {
    const brief = { ...backoff, freeFailures: 1, windowMs: 10_000 };
    await failures.add('patient', brief);
    await pass('patient', 29_000);
    t.equal(await failures.add('patient', brief), 0);
    t.ok((await failures.blockedForMs('patient')) > 20_000, 'the second failure');
  });
}

t.test('on a cluster both keys of an account are at one node, so that failures are counted there as well', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { url } = await startRedisCluster(t);
  const cluster = connectRedis(url);
  t.teardown(() => cluster.disconnect());
  await until(() => cluster.status === 'ready');
  const failures = createRedisLoginFailures(cluster);
  const backoff: Backoff = { freeFailures: 2, windowMs: 60_000, firstWaitMs: 20_000, longestWaitMs: 40_000 };
  for (let n = 0; n < 10; n += 1) {
    const account = `account ${n}`;
    t.equal(await failures.add(account, backoff), 0);
    t.equal(await failures.clear(account), 0);
    t.equal(await failures.add(account, backoff), 0);
    t.equal(await failures.blockedForMs(account), 0, 'the first was forgotten');
    t.equal(await failures.add(account, backoff), 0);
    t.ok((await failures.blockedForMs(account)) > 10_000);
    t.ok((await failures.clear(account)) > 10_000);
  }
});

t.test('memory: whoever invents 100,000 usernames drives out the oldest failures, and none of the younger ones', async (t) => {
  const failures = createMemoryLoginFailures(() => 0);
  const backoff: Backoff = { freeFailures: 1, windowMs: 60_000, firstWaitMs: 20_000, longestWaitMs: 40_000 };
  await failures.add('oldest', backoff);
  await failures.add('second', backoff);
  for (let i = 0; i < 99_999; i += 1) await failures.add(`invented ${i}`, backoff);
  t.equal(await failures.blockedForMs('oldest'), 0);
  t.equal(await failures.blockedForMs('second'), 20_000);
  t.equal(await failures.blockedForMs('invented 99998'), 20_000);
});

t.test('a Redis that answers questions, but takes no counts, is told of as being back by the next count that it takes', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startRedis(t);
  const client = connectRedis(server.url);
  t.teardown(() => client.disconnect());
  await until(() => client.status === 'ready');
  let nowMs = performance.now();
  t.intercept(performance, 'now', { value: () => nowMs });
  const told: string[] = [];
  const tell = (level: string) => () => void told.push(level);
  const failures = createLoginFailures(client, { info: tell('back'), warn: tell('away') });
  const counts = { add: () => failures.add('a', createBackoff(10)), clear: () => failures.clear('a') };
  for (const [name, count] of Object.entries(counts)) {
    await client.config('SET', 'min-replicas-to-write', 1);
    await count();
    nowMs += 2000;
    await failures.blockedForMs('a');
    t.strictSame(told.splice(0), ['away'], name);
    await client.config('SET', 'min-replicas-to-write', 0);
    await count();
    t.strictSame(told.splice(0), ['back'], name);
  }
});
