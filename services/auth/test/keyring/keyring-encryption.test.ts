import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { signingKeys } from '../../src/stores/schema.ts';
import { testKeyrings } from './test-keyrings.ts';

const { db, store, encryption, log, unrecorded, start, getReserve, makeReserveSignable } = await testKeyrings(t);

t.test(
  'ASVS 13.3.4: another KEY_ENCRYPTION_KEY with the former one beside it keeps every key, and needs the former one no more',
  async (t) => {
    const { kid } = await (await start(t)).current();
    const changed = { current: randomBytes(32), previous: encryption.current };
    t.equal((await (await start(t, { encryption: changed })).current()).kid, kid);
    t.equal((await (await start(t, { encryption: { ...changed, previous: null } })).current()).kid, kid);
  },
);

t.test('another KEY_ENCRYPTION_KEY without the former one stops the start with a sentence, and makes no new key', async (t) => {
  await start(t);
  await t.rejects(start(t, { encryption: { current: randomBytes(32), previous: null } }), {
    name: 'StartError',
    message: /KEY_ENCRYPTION_KEY_PREVIOUS/,
  });
  t.equal((await store.list()).length, 2);
});

t.test('an instance that knows only the former KEY_ENCRYPTION_KEY goes on while the others have another', async (t) => {
  const old = await start(t);
  const { kid: first } = await old.current();
  const changed = await start(t, { encryption: { current: randomBytes(32), previous: encryption.current } });

  await changed.rotate(unrecorded);
  await old.maintain();
  const { kid: second } = await old.current();
  t.not(second, first);
  t.equal(second, (await changed.current()).kid, 'it had the reserve in memory');

  await makeReserveSignable();
  await changed.rotate(unrecorded);
  await old.maintain();
  t.equal((await old.current()).kid, second, 'a key that it cannot read: it stays with the one before, which is still published');
  t.ok(old.jwks().keys.some(({ kid }) => kid === second));
  const { kid: third } = await changed.current();
  t.ok(
    old.jwks().keys.some(({ kid }) => kid === third),
    'and publishes the new one',
  );

  await changed.kill(second, unrecorded);
  old.noteKilled(second);
  await t.rejects(old.current(), { code: 'unavailable' }, 'but never with a killed key');
  t.equal((await changed.current()).kid, third);
});

t.test('an instance that cannot read the active key stops signing before its own key is published no more', async (t) => {
  const old = await start(t);
  const { kid: first } = await old.current();
  const changed = await start(t, { encryption: { current: randomBytes(32), previous: encryption.current } });
  await changed.kill((await getReserve()).kid, unrecorded);
  await makeReserveSignable();
  await changed.rotate(unrecorded);
  await old.reload();
  t.equal((await old.current()).kid, first);
  const lastTokenEnds = new Date(Date.now() + 3600_000 - 1);
  await db.update(signingKeys).set({ retiresAt: lastTokenEnds }).where(eq(signingKeys.kid, first));
  await old.reload();
  await t.rejects(old.current(), { code: 'unavailable' });
});

t.test('an instance that cannot read a key says so once', async (t) => {
  const errors: object[] = [];
  const old = await start(t, { log: { ...log, error: (fields) => void errors.push(fields) } });
  const changed = await start(t, { encryption: { current: randomBytes(32), previous: encryption.current } });
  await changed.kill((await getReserve()).kid, unrecorded);
  const unread = await getReserve();
  for (let reads = 0; reads < 3; reads += 1) await old.reload();
  t.strictSame(errors, [{ kid: unread.kid }]);
});

t.test('what an instance with the former KEY_ENCRYPTION_KEY makes meanwhile signs for the others as well', async (t) => {
  const old = await start(t);
  const other = await start(t, { encryption: { current: randomBytes(32), previous: encryption.current } });
  await old.kill((await getReserve()).kid, unrecorded);
  await old.kill((await old.current()).kid, unrecorded);
  await other.reload();
  t.equal((await other.current()).kid, (await old.current()).kid);
});

t.test('what an instance with the former KEY_ENCRYPTION_KEY makes meanwhile is put under the current one by the others', async (t) => {
  const old = await start(t);
  const changed = { current: randomBytes(32), previous: encryption.current };
  const other = await start(t, { encryption: changed });
  await old.kill((await getReserve()).kid, unrecorded);
  await other.maintain();
  await t.resolves(start(t, { encryption: { ...changed, previous: null } }));
});
