import t from 'tap';
import { settledWithin } from '../src/settled-within.ts';

t.test('work is waited for until it is done or fails, and no longer than the limit', async (t) => {
  const never = new Promise<never>(() => {});
  const failed = Promise.reject(new Error('failed'));
  const within = async (limitMs: number, work: Promise<unknown>) => {
    const begun = performance.now();
    await settledWithin(limitMs, work);
    return performance.now() - begun;
  };
  t.ok((await within(60_000, Promise.resolve())) < 10_000);
  t.ok((await within(60_000, failed)) < 10_000);
  t.ok((await within(20, never)) >= 15);
});

t.test('a wait that is over leaves no timer behind', async (t) => {
  await settledWithin(60_000, Promise.resolve());
  t.notOk(process.getActiveResourcesInfo().includes('Timeout'));
});
