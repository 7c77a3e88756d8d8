import { randomBytes } from 'node:crypto';
import { testDatabase } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import type { Test } from 'tap';
import { createKeySchedule } from '../../src/domain/keys/key-schedule.ts';
import type { KeyEncryption } from '../../src/domain/keys/key-steps.ts';
import { type Keyring, type KeyringOptions, startKeyring } from '../../src/keyring/keyring.ts';
import { migrations } from '../../src/migrations.ts';
import { revocations, signingKeys } from '../../src/stores/schema.ts';
import { createSigningKeyStore } from '../../src/stores/signing-keys.postgres.ts';

/** A database of the file's own, without any key at the beginning of each test, and keyrings on it as instances of auth have them. */
export async function testKeyrings(t: Test) {
  const { db } = await testDatabase(t, { migrations });
  const store = createSigningKeyStore(db);
  const schedule = createKeySchedule('EdDSA', 30, 30 * 86_400);
  const encryption: KeyEncryption = { current: randomBytes(32), previous: null };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const feed = { flush: async () => true };

  t.beforeEach(async () => {
    await db.delete(signingKeys);
    await db.delete(revocations);
  });

  return {
    db,
    store,
    schedule,
    encryption,
    log,
    /** What a change is written down with, where a test asks for no audit entry. */
    unrecorded: async () => {},
    start: async (t: Test, options: Partial<KeyringOptions> = {}): Promise<Keyring> => {
      const keyring = await startKeyring({ store, schedule, encryption, log, feed, ...options });
      t.teardown(() => keyring.close());
      return keyring;
    },
    states: async () => (await store.list()).map((key) => key.state).toSorted(),
    getReserve: async () => {
      const reserve = (await store.list()).find((key) => key.state === 'reserve');
      if (reserve === undefined) throw new Error('no key is in reserve');
      return reserve;
    },
    /** A store that answers a read only when `hold` was not called before it, or what that call returned has been called. */
    holdableStore: () => {
      let held = Promise.resolve();
      let reads = 0;
      const readStored: typeof store.readStored = async () => {
        const stored = await store.readStored();
        reads += 1;
        await held;
        return stored;
      };
      const hold = () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        held = promise;
        return resolve;
      };
      return { store: { ...store, readStored }, reads: () => reads, hold };
    },
    /** As if the reserve had been published for long enough. */
    makeReserveSignable: () =>
      db
        .update(signingKeys)
        .set({ signableAt: new Date(0) })
        .where(eq(signingKeys.state, 'reserve')),
    privateHalfOf: async (kid: string) => {
      const [row] = await db.select().from(signingKeys).where(eq(signingKeys.kid, kid));
      return row?.encryptedPrivateKey;
    },
  };
}
