import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { waitOut } from '../../../src/domain/revocation/wait-out.ts';

t.test('what is a moment ahead is waited for, what has begun is not', async (t) => {
  const startedMs = performance.now();
  await waitOut(0.1, 2, 'it');
  t.ok(performance.now() - startedMs >= 95);
  const atOnce = waitOut(-0.5, 2, 'it').then(() => 'at once');
  t.equal(await Promise.race([atOnce, nextTurn('later')]), 'at once');
});

t.test('what is far ahead, after a clock was set back, is no reason to wait', async (t) => {
  await t.rejects(waitOut(9900, 2, 'it'), { code: 'unavailable' });
});
