import t from 'tap';
import { waitForSecond } from '../../src/domain/wait-for-second.ts';

t.test('the coming second is waited for, and no longer', async (t) => {
  const startedMs = performance.now();
  await waitForSecond(100, 99.9);
  t.ok(performance.now() - startedMs >= 95);
  await waitForSecond(100, 100.5);
});

t.test('a revocation far ahead, after a clock was set back, is no reason to wait', async (t) => {
  await t.rejects(waitForSecond(10_000, 100), { code: 'unavailable' });
});
