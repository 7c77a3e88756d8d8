import { testRedis, until } from '@countersign/testing';
import t from 'tap';
import { type Backoff, createBackoff, type LoginFailures, waitAfterMs } from '../../src/domain/login-throttle.ts';
import { createMemoryLoginFailures } from '../../src/stores/login-failures.memory.ts';
import { createRedisLoginFailures } from '../../src/stores/login-failures.redis.ts';

const { redis } = await testRedis(t);

t.test('the wait after each failure: none at first, then doubling up to a quarter of an hour', async (t) => {
  const backoff = createBackoff(10);
  t.strictSame(
    [1, 9, 10, 11, 12, 17, 18, 100, 5000].map((failures) => waitAfterMs(failures, backoff)),
    [0, 0, 5000, 10_000, 20_000, 640_000, 900_000, 900_000, 900_000],
  );
});

const stores: Record<string, () => LoginFailures> = {
  redis: () => createRedisLoginFailures(redis),
  memory: () => createMemoryLoginFailures(),
};

for (const [name, create] of Object.entries(stores)) {
  const failures = create();
  const quick: Backoff = { freeFailures: 3, windowMs: 60_000, firstWaitMs: 200, longestWaitMs: 400 };

  t.test(`${name}: failures are free up to the limit, then each next one has to wait`, async (t) => {
    for (let i = 0; i < 3; i++) t.equal(await failures.add('a', quick), 0);
    const wait = await failures.blockedForMs('a');
    t.ok(wait > 0 && wait <= 200, `${wait} ms`);
    t.ok((await failures.add('a', quick)) > 0, 'one that has to wait is told so');
    await until(async () => (await failures.blockedForMs('a')) === 0);
    t.equal(await failures.add('a', quick), 0);
    const longer = await failures.blockedForMs('a');
    t.ok(longer > 200 && longer <= 400, `the fourth failure: ${longer} ms`);
    t.equal(await failures.blockedForMs('b'), 0, 'others are not concerned');
    t.ok((await failures.clear('a')) > 0, 'nor are they forgotten while the next one has to wait');
    await until(async () => (await failures.blockedForMs('a')) === 0);
    t.equal(await failures.clear('a'), 0);
    t.equal(await failures.add('a', quick), 0);
    t.equal(await failures.blockedForMs('a'), 0, 'the count begins anew');
  });

  t.test(`${name}: of many failures at once no more count than are free`, async (t) => {
    const waits = await Promise.all(Array.from({ length: 30 }, () => failures.add('many', quick)));
    t.equal(waits.filter((wait) => wait === 0).length, 3);
  });

  t.test(`${name}: a very large limit is a limit`, async (t) => {
    const large = { ...quick, freeFailures: 1_000_000 };
    t.equal(await failures.add('large', large), 0);
    t.equal(await failures.blockedForMs('large'), 0);
  });

  t.test(`${name}: failures are forgotten after the window`, async (t) => {
    const short = { ...quick, freeFailures: 2, windowMs: 100 };
    await failures.add('short', short);
    const startedMs = performance.now();
    await until(() => performance.now() - startedMs > 150);
    await failures.add('short', short);
    t.equal(await failures.blockedForMs('short'), 0, 'two failures, but not within one window');
  });
}
