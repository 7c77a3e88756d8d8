import { randomBytes } from 'node:crypto';
import { testDatabase, until } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { createKeySchedule } from '../src/domain/key-schedule.ts';
import type { KeyEncryption } from '../src/domain/maintain-keys.ts';
import { type Keyring, type KeyringOptions, startKeyring } from '../src/keyring.ts';
import { migrations } from '../src/migrations.ts';
import { revocations, signingKeys } from '../src/stores/schema.ts';
import { createSigningKeyStore } from '../src/stores/signing-keys.postgres.ts';

const { db } = await testDatabase(t, { migrations });
const store = createSigningKeyStore(db);
const schedule = createKeySchedule('EdDSA', 30, 30 * 86_400);
const encryption: KeyEncryption = { current: randomBytes(32), previous: null };
const log = { info: () => {}, error: () => {} };
let flushes = 0;
const feed = {
  flush: async () => {
    flushes += 1;
  },
};

t.beforeEach(async () => {
  flushes = 0;
  await db.delete(signingKeys);
  await db.delete(revocations);
});

async function start(t: Test, options: Partial<KeyringOptions> = {}): Promise<Keyring> {
  const keyring = await startKeyring({ store, schedule, encryption, log, feed, ...options });
  t.teardown(() => keyring.close());
  return keyring;
}

const states = async () => (await store.list()).map((key) => key.state).toSorted();

t.test('eight instances that start at once on an empty database make one active key and one in reserve', async (t) => {
  const keyrings = await Promise.all(Array.from({ length: 8 }, () => start(t)));
  t.strictSame(await states(), ['active', 'reserve']);
  const signers = await Promise.all(keyrings.map((keyring) => keyring.current()));
  t.equal(new Set(signers.map((signer) => signer.kid)).size, 1);
});

t.test('the first rotation takes the reserve at once, and of eight at once each leaves exactly one active and one reserve', async (t) => {
  const keyrings = await Promise.all(Array.from({ length: 8 }, () => start(t)));
  const [first] = keyrings;
  const reserve = (await store.list()).find((key) => key.state === 'reserve');
  const rotated = await Promise.all(keyrings.map((keyring) => keyring.rotate()));
  t.equal((await first?.current())?.kid, reserve?.kid);
  t.equal(rotated.filter((key) => key.kid === reserve?.kid).length, 1, 'one rotated, the others asked for the key after it');
  t.strictSame(await states(), ['active', 'reserve', 'retiring']);
});

t.test('the private half of a key that signs no more is gone, and its public half stays published', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  await keyring.rotate();
  const [row] = await db.select().from(signingKeys).where(eq(signingKeys.kid, kid));
  t.equal(row?.encryptedPrivateKey, null);
  t.ok(keyring.jwks().keys.some((key) => key.kid === kid));
  t.notMatch(JSON.stringify(keyring.jwks()), /"d":/, 'no private member is published');
});

t.test(
  'a killed key is refused for ever, another instance signs with the reserve within a second, and a new reserve stands ready',
  async (t) => {
    const [keyring, other] = [await start(t), await start(t)];
    const { kid } = await keyring.current();
    const reserve = keyring.jwks().keys.find((key) => key.kid !== kid);
    t.equal(await keyring.kill(kid), true);
    t.equal(flushes, 1, 'the verifiers are told');
    t.equal((await keyring.current()).kid, reserve?.kid);
    await until(async () => (await other.current()).kid === reserve?.kid, { timeoutMs: 2000 });
    t.notOk(keyring.jwks().keys.some((key) => key.kid === kid));
    t.equal(keyring.jwks().keys.length, 2);
    t.equal(keyring.isKilled(kid), true);
    t.equal(await keyring.findPublicKey(kid), null);
    t.match(await db.select().from(revocations), [{ kind: 'kid', id: kid, expiresAt: null, before: null }]);
  },
);

t.test('killing a key again changes nothing, and killing one that was never there says so', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  t.equal(await keyring.kill(kid), true);
  t.equal(await keyring.kill(kid), true);
  t.equal((await db.select().from(revocations)).length, 1);
  t.equal(await keyring.kill('nosuchkey'), false);
});

t.test('another KEY_ENCRYPTION_KEY with the former one beside it keeps every key, and needs the former one no more', async (t) => {
  const { kid } = await (await start(t)).current();
  const changed = { current: randomBytes(32), previous: encryption.current };
  t.equal((await (await start(t, { encryption: changed })).current()).kid, kid);
  t.equal((await (await start(t, { encryption: { ...changed, previous: null } })).current()).kid, kid);
});

t.test('another KEY_ENCRYPTION_KEY without the former one stops the start with a sentence, and makes no new key', async (t) => {
  await start(t);
  await t.rejects(start(t, { encryption: { current: randomBytes(32), previous: null } }), /KEY_ENCRYPTION_KEY_PREVIOUS/);
  t.equal((await store.list()).length, 2);
});

t.test('a short period rotates by itself, and every key is published before it signs', async (t) => {
  const quick = createKeySchedule('EdDSA', 3 / 86_400, 60);
  const keyring = await start(t, { schedule: quick });
  const { kid } = await keyring.current();
  let published = keyring.jwks();
  await until(
    async () => {
      const signer = await keyring.current();
      const isNew = signer.kid !== kid;
      if (isNew)
        t.ok(
          published.keys.some((key) => key.kid === signer.kid),
          'it was in the JWKS before it signed',
        );
      else published = keyring.jwks();
      return isNew;
    },
    { timeoutMs: 10_000 },
  );
});
