import { BUSY_MS, until } from '@countersign/testing';
import t from 'tap';
import { revocations } from '../../src/stores/schema.ts';
import { testKeyrings } from './test-keyrings.ts';

const { db, store, log, unrecorded, start, holdableStore, privateHalfOf } = await testKeyrings(t);

t.test('the private half of a killed key is gone, whether it signed or was the reserve, and it is to sign at no time', async (t) => {
  const keyring = await start(t);
  await keyring.rotate(unrecorded);
  const reserve = await keyring.rotate(unrecorded);
  const { kid } = await keyring.current();
  for (const killed of [reserve.kid, kid]) {
    await keyring.kill(killed, unrecorded);
    t.equal(await privateHalfOf(killed), null);
  }
  t.equal((await keyring.list()).find((key) => key.kid === reserve.kid)?.rotateAt, null);
});

t.test(
  'a killed key is refused for ever, another instance signs with the reserve within a second, and a new reserve stands ready',
  async (t) => {
    let flushes = 0;
    const flush = async () => {
      flushes += 1;
      return true;
    };
    const [keyring, other] = [await start(t, { feed: { flush } }), await start(t)];
    const { kid } = await keyring.current();
    const reserve = keyring.jwks().keys.find((key) => key.kid !== kid);
    t.equal(await keyring.kill(kid, unrecorded), true);
    t.equal(flushes, 1, 'the verifiers are told');
    t.equal((await keyring.current()).kid, reserve?.kid);
    await until(async () => (await other.current()).kid === reserve?.kid, { timeoutMs: 1000 + BUSY_MS });
    t.notOk(keyring.jwks().keys.some((key) => key.kid === kid));
    t.equal(keyring.jwks().keys.length, 2);
    t.equal(keyring.isKilled(kid), true);
    t.notOk(keyring.known().some((key) => key.kid === kid));
    t.match(await db.select().from(revocations), [{ kind: 'kid', id: kid, expiresAt: null, before: null }]);
  },
);

t.test('killing a key again changes nothing, and killing one that was never there says so', async (t) => {
  const warnings: object[] = [];
  const keyring = await start(t, { log: { ...log, warn: (fields) => void warnings.push(fields) } });
  const { kid } = await keyring.current();
  t.equal(await keyring.kill(kid, unrecorded), true);
  t.equal(await keyring.kill(kid, unrecorded), true);
  t.equal((await db.select().from(revocations)).length, 1);
  t.strictSame(warnings, [{ kid }], 'the log tells of it once');
  t.equal(await keyring.kill('nosuchkey', unrecorded), false);
});

t.test('whoever has heard of a kill signs with the reserve at once, before the second is over', async (t) => {
  const [keyring, other] = [await start(t), await start(t)];
  const { kid } = await other.current();
  await keyring.kill(kid, unrecorded);
  other.noteKilled(kid);
  t.equal(other.isKilled(kid), true);
  t.equal((await other.current()).kid, (await keyring.current()).kid);
});

t.test('when a kill is done, no instance signs with the key, not even one that could not be told', async (t) => {
  const [keyring, other] = [await start(t, { feed: { flush: async () => false } }), await start(t)];
  const { kid } = await other.current();
  t.equal(await keyring.kill('unknown', unrecorded), false);
  await other.reload();
  t.equal(await keyring.kill(kid, unrecorded), true);
  t.equal((await other.current()).kid, (await keyring.current()).kid);
});

t.test('a kill that only the feed tells of, as a writer to Redis can, holds until the database has been asked', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  keyring.noteKilled(kid);
  t.equal(keyring.isKilled(kid), true);
  t.equal((await keyring.current()).kid, kid);
  t.equal(keyring.isKilled(kid), false);
  t.ok(keyring.known().some((key) => key.kid === kid));
});

t.test('a kill that is heard of while the database does not answer is told of, and holds', async (t) => {
  const errors: string[] = [];
  let isDown = false;
  const failing = { ...store, readStored: () => (isDown ? Promise.reject(new Error('the database is gone')) : store.readStored()) };
  const keyring = await start(t, { store: failing, log: { ...log, error: (_fields, message) => void errors.push(message) } });
  const { kid } = await keyring.current();
  isDown = true;
  keyring.noteKilled(kid);
  await until(() => errors.length > 0);
  t.strictSame(errors, ['the signing keys could not be read after a kill']);
  t.equal(keyring.isKilled(kid), true);
});

t.test('a read that began before a kill does not bring the killed key back', async (t) => {
  const { store, hold } = holdableStore();
  const keyring = await start(t, { store });
  const { kid } = await keyring.current();
  const answer = hold();
  const early = keyring.reload();
  const killed = keyring.kill(kid, unrecorded);
  await until(async () => (await db.select().from(revocations)).length === 1);
  answer();
  await Promise.all([early, killed]);
  t.not((await keyring.current()).kid, kid);
  t.notOk(keyring.jwks().keys.some((key) => key.kid === kid));
});

t.test('a verifier that asks after a kill is not answered with a read that began before it', async (t) => {
  const { store, reads, hold } = holdableStore();
  const [keyring, other] = [await start(t), await start(t, { store })];
  const { kid } = await keyring.current();
  const answer = hold();
  const readBefore = reads();
  const early = other.refresh();
  await until(() => reads() > readBefore);
  await keyring.kill(kid, unrecorded);
  const late = other.refresh();
  answer();
  await Promise.all([early, late]);
  t.strictSame(other.jwks(), keyring.jwks());
});

t.test('a kill that is heard of during a read outlasts it: that read may have begun before the kill', async (t) => {
  const { store, reads, hold } = holdableStore();
  const keyring = await start(t, { store });
  const { kid } = await keyring.current();
  const answer = hold();
  const readBefore = reads();
  const early = keyring.reload();
  await until(() => reads() === readBefore + 1);
  const answerNext = hold();
  keyring.noteKilled(kid);
  answer();
  await early;
  t.equal(keyring.isKilled(kid), true);
  await until(() => reads() === readBefore + 2);
  answerNext();
  await until(() => !keyring.isKilled(kid));
});
