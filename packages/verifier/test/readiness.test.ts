import t from 'tap';
import { readinessOf } from '../src/readiness.ts';
import { createView } from './resource-server.ts';

const keys = (fault: string | null) => ({ notReady: () => fault });

/** A list that was confirmed this long ago, or never, and is not fresh. */
const stale = (heartbeatAgeSeconds: number | null) => ({
  ...createView(),
  notReady: () => 'the list is too old',
  stats: () => ({ size: 0, answerAgeSeconds: null, heartbeatAgeSeconds, entryDelaySeconds: null, inSync: false }),
});

t.test('a service is ready when its keys and the list are', async (t) => {
  const ready = readinessOf({ keys: keys(null), revocations: createView(), onStale: 'reject' });
  t.strictSame([ready.jwks(), ready.revocations()], [null, null]);
  const unready = readinessOf({ keys: keys('no keys yet'), revocations: stale(null), onStale: 'reject' });
  t.strictSame([unready.jwks(), unready.revocations()], ['no keys yet', 'the list is too old']);
});

t.test('a list that has become stale holds up a service only where stale is rejected', async (t) => {
  const judge = (onStale: 'reject' | 'accept', age: number | null) =>
    readinessOf({ keys: keys(null), revocations: stale(age), onStale }).revocations();
  t.equal(judge('reject', 1000), 'the list is too old');
  t.equal(judge('accept', 1000), null, 'or no gateway would send it the requests that it accepts');
  t.equal(judge('accept', null), 'the list is too old', 'but it must have been complete once');
});

t.test('a view that tells nothing of itself is believed', async (t) => {
  const view = { ...createView(), notReady: () => 'down' };
  t.equal(readinessOf({ keys: keys(null), revocations: view, onStale: 'accept' }).revocations(), 'down');
});
