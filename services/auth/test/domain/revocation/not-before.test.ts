import t from 'tap';
import { signingTime, waitOutRevocation } from '../../../src/domain/revocation/not-before.ts';

interface Reading {
  readonly now: number;
  readonly notBefore: number;
}

/** What a session or a client is, each time that it is read. */
async function waitOut(first: Reading, ...later: readonly (Reading | null)[]) {
  const left = [...later];
  const startedMs = performance.now();
  const reading = await waitOutRevocation(
    first,
    ({ notBefore }) => notBefore,
    async () => left.shift() ?? null,
  );
  return { reading, readings: later.length - left.length, tookMs: performance.now() - startedMs };
}

t.test('what was not revoked in this second is taken as it was read', async (t) => {
  const reading = { now: 1000, notBefore: 1000 };
  t.match(await waitOut(reading, null), { reading, readings: 0 });
});

t.test('what was revoked in this second is read again in the next, and once more where it was revoked again meanwhile', async (t) => {
  const last = { now: 1002.01, notBefore: 1002 };
  const { reading, readings, tookMs } = await waitOut({ now: 1000.95, notBefore: 1001 }, { now: 1001.95, notBefore: 1002 }, last, null);
  t.strictSame([reading, readings], [last, 2]);
  t.ok(tookMs >= 95, `${tookMs} ms`);
  t.match(await waitOut({ now: 1000.99, notBefore: 1001 }, null), { reading: null }, 'it has ended meanwhile');
});

t.test(
  'a token has the whole second of its signature, and where it is revoked before a coming one, that one, which has begun',
  async (t) => {
    t.equal(await signingTime(1000.99, 990), 1000);
    const startedMs = performance.now();
    t.equal(await signingTime(1000.95, 1001), 1001);
    t.ok(performance.now() - startedMs >= 45);
  },
);

t.test('a revocation that lies further ahead than the coming second is no reason to wait', async (t) => {
  await t.rejects(signingTime(1000, 1003), { code: 'unavailable', cause: { message: /a revocation is 3 s in its future/ } });
});
