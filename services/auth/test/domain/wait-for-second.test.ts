import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { waitForSecond } from '../../src/domain/wait-for-second.ts';

t.test('the coming second is waited for, one that has begun is not', async (t) => {
  const startedMs = performance.now();
  await waitForSecond(100, 99.9);
  t.ok(performance.now() - startedMs >= 95);
  const atOnce = waitForSecond(100, 100.5).then(() => 'at once');
  t.equal(await Promise.race([atOnce, nextTurn('later')]), 'at once');
});

t.test('a revocation far ahead, after a clock was set back, is no reason to wait', async (t) => {
  await t.rejects(waitForSecond(10_000, 100), { code: 'unavailable' });
});
