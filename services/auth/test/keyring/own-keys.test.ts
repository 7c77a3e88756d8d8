import { randomBytes } from 'node:crypto';
import { testDatabase, testIssuer, until } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { createKeySchedule } from '../../src/domain/keys/key-schedule.ts';
import { startKeyring } from '../../src/keyring/keyring.ts';
import { startOwnKeys } from '../../src/keyring/own-keys.ts';
import { migrations } from '../../src/migrations.ts';
import { signingKeys } from '../../src/stores/schema.ts';
import { createSigningKeyStore } from '../../src/stores/signing-keys.postgres.ts';

t.test('auth itself knows the keys that it names as retired, also one that was killed', async (t) => {
  const { keys } = (await testIssuer()).jwks();
  const own = startOwnKeys({ known: () => keys, jwks: () => ({ keys, retired_kids: ['killed'] }), refresh: async () => {} });
  t.teardown(() => own.close());
  await until(() => own.notReady() === null);
  t.ok(own.find(keys[0]?.kid ?? ''));
  t.equal(own.isRetired?.('killed'), true);
  t.equal(own.isRetired?.('never'), false);
});

t.test(
  'a key that another instance has just made is found by looking again, and one that is no longer published stays known',
  async (t) => {
    const { db } = await testDatabase(t, { migrations });
    const options = {
      store: createSigningKeyStore(db),
      schedule: createKeySchedule('EdDSA', 30, 30 * 86_400),
      encryption: { current: randomBytes(32), previous: null },
      feed: { flush: async () => true },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    };
    const [keyring, other] = [await startKeyring(options), await startKeyring(options)];
    const own = startOwnKeys(keyring);
    t.teardown(() => {
      for (const { close } of [own, keyring, other]) close();
    });
    await until(() => own.notReady() === null);
    const retired = await other.current();
    await other.rotate(async () => {});
    await db
      .update(signingKeys)
      .set({ retiresAt: new Date(Date.now() - 1000) })
      .where(eq(signingKeys.kid, retired.kid));
    const reserve = (await other.list()).find(({ state }) => state === 'reserve')?.kid ?? '';
    t.equal(own.find(reserve), undefined);
    await own.refresh();
    t.ok(own.find(reserve));
    t.ok(own.find(retired.kid));
    t.equal(own.isRetired?.(retired.kid), true);
  },
);
