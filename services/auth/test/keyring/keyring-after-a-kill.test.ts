import { eq } from 'drizzle-orm';
import t from 'tap';
import { createKeySchedule } from '../../src/domain/keys/key-schedule.ts';
import { signingKeys } from '../../src/stores/schema.ts';
import { testKeyrings } from './test-keyrings.ts';

const { db, store, unrecorded, start, getReserve } = await testKeyrings(t);

t.test('a rotation asked for right after a kill waits until every verifier has had time to fetch the new reserve', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  await keyring.kill(kid, unrecorded);
  const next = await keyring.rotate(unrecorded);
  t.equal(next.state, 'reserve');
  t.ok(next.rotateAt !== null && next.rotateAt > new Date());
  t.not((await keyring.current()).kid, next.kid);
});

t.test(
  'a rotation that waits for the reserve waits for the one that takes its place: after its kill, and with another SIGNING_ALG',
  async (t) => {
    const keyring = await start(t);
    await keyring.rotate(unrecorded);
    const { kid } = await keyring.rotate(unrecorded);
    t.match(await getReserve(), { kid, rotateAt: Date });
    await keyring.kill(kid, unrecorded);
    const next = await getReserve();
    t.not(next.kid, kid);
    t.strictSame(next.rotateAt, next.signableAt);
    await start(t, { schedule: createKeySchedule('ES256', 30, 30 * 86_400) });
    const other = await getReserve();
    t.equal(other.alg, 'ES256');
    t.strictSame(other.rotateAt, other.signableAt);
  },
);

t.test('a reserve whose rotation was never asked for leaves none to the one that takes its place', async (t) => {
  const keyring = await start(t);
  await keyring.rotate(unrecorded);
  const reserve = await getReserve();
  await keyring.kill(reserve.kid, unrecorded);
  t.match(
    (await store.list()).filter((key) => key.state === 'reserve'),
    [{ rotateAt: null }],
  );
});

t.test('a reserve that not every verifier may have yet signs a second after a kill, and so after they have heard of it', async (t) => {
  const keyring = await start(t);
  const killActive = async () => {
    await keyring.kill((await keyring.current()).kid, unrecorded);
    const { keys } = await store.readStored();
    const active = keys.find(({ record }) => record.state === 'active');
    t.ok(active !== undefined && active.record.activatedAt !== null);
    const killedAt = Math.max(...keys.map(({ record }) => Number(record.killedAt)));
    return { kid: active?.record.kid, waitMs: Number(active?.record.activatedAt) - killedAt };
  };
  t.ok((await killActive()).waitMs <= 0, 'the first reserve has been there since the start');

  const { kid, waitMs } = await killActive();
  t.equal(waitMs, 1000);
  const other = await start(t);
  const signers = await Promise.all([keyring.current(), other.current()]);
  t.strictSame(
    signers.map((signer) => signer.kid),
    [kid, kid],
  );
  const { now, keys } = await store.readStored();
  const active = keys.find(({ record }) => record.kid === kid);
  t.ok(Number(active?.record.activatedAt) <= now.getTime(), 'neither signed before');
});

t.test('whoever waits for a key that is killed meanwhile waits for the one after it, too', async (t) => {
  const keyring = await start(t);
  const killActive = async () => {
    const active = (await store.list()).find(({ state }) => state === 'active');
    await keyring.kill(active?.kid ?? '', unrecorded);
  };
  await killActive();
  await killActive();
  const waiting = keyring.current();
  await killActive();
  const { kid } = await waiting;
  const { now, keys } = await store.readStored();
  const active = keys.find(({ record }) => record.state === 'active');
  t.equal(kid, active?.record.kid);
  t.ok(Number(active?.record.activatedAt) <= now.getTime(), 'it did not sign before');
});

t.test('a key that signs from a later time than a kill sets, as after a clock was set back, is no reason to wait', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  const activate = async (aheadMs: number) => {
    const { now } = await store.readStored();
    await db
      .update(signingKeys)
      .set({ activatedAt: new Date(now.getTime() + aheadMs) })
      .where(eq(signingKeys.kid, kid));
    await keyring.reload();
  };
  await activate(5000);
  await t.rejects(keyring.current(), { code: 'unavailable', cause: { message: /clock must have been set back/ } });
  await activate(500);
  t.equal((await keyring.current()).kid, kid);
});
