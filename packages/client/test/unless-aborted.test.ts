import { getEventListeners } from 'node:events';
import t from 'tap';
import { unlessAborted } from '../src/unless-aborted.ts';

t.test('nothing stays on the signal of a caller that keeps it, whether the work is done or fails', async (t) => {
  const { signal } = new AbortController();
  t.equal(await unlessAborted(signal, async () => 'done'), 'done');
  await t.rejects(
    unlessAborted(signal, async () => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  );
  t.strictSame(getEventListeners(signal, 'abort'), []);
});
