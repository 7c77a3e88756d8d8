import { randomBytes } from 'node:crypto';
import { mock } from 'node:test';
import { BUSY_MS, testDatabase, until } from '@countersign/testing';
import { parseRetiredKids } from '@countersign/tokens';
import { eq } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { createKeySchedule } from '../../src/domain/keys/key-schedule.ts';
import type { KeyEncryption } from '../../src/domain/keys/key-steps.ts';
import { type Keyring, type KeyringOptions, startKeyring } from '../../src/keyring/keyring.ts';
import { migrations } from '../../src/migrations.ts';
import { revocations, signingKeys } from '../../src/stores/schema.ts';
import { createSigningKeyStore } from '../../src/stores/signing-keys.postgres.ts';

const { db } = await testDatabase(t, { migrations });
const store = createSigningKeyStore(db);
const schedule = createKeySchedule('EdDSA', 30, 30 * 86_400);
const encryption: KeyEncryption = { current: randomBytes(32), previous: null };
const log = { info: () => {}, warn: () => {}, error: () => {} };
const unrecorded = async () => {};
let flushes = 0;
const feed = {
  flush: async () => {
    flushes += 1;
    return true;
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
  const rotated = await Promise.all(keyrings.map((keyring) => keyring.rotate(unrecorded)));
  t.equal((await first?.current())?.kid, reserve?.kid);
  t.equal(rotated.filter((key) => key.kid === reserve?.kid).length, 1, 'one rotated, the others asked for the key after it');
  t.strictSame(await states(), ['active', 'reserve', 'retiring']);
});

t.test('the JWKS names the keys that are no longer published, retired or killed, and without any it has nothing but keys', async (t) => {
  const keyring = await start(t);
  const first = await keyring.current();
  t.strictSame(Object.keys(keyring.jwks()), ['keys']);
  await keyring.rotate(unrecorded);
  t.strictSame(Object.keys(keyring.jwks()), ['keys'], 'while it retires it is published');
  await db
    .update(signingKeys)
    .set({ retiresAt: new Date(Date.now() - 1000) })
    .where(eq(signingKeys.kid, first.kid));
  await keyring.reload();
  t.strictSame(keyring.jwks().retired_kids, [first.kid]);
  t.notOk(keyring.jwks().keys.some(({ kid }) => kid === first.kid));
  const { kid } = await keyring.current();
  await keyring.kill(kid, unrecorded);
  t.strictSame(keyring.jwks().retired_kids?.toSorted(), [first.kid, kid].toSorted());
});

t.test('of the keys that are no longer published the JWKS names the newest thousand, as many as a verifier reads', async (t) => {
  const keyring = await start(t);
  const [first] = await db.select().from(signingKeys);
  const killed = Array.from({ length: 1001 }, (_, age) => ({
    ...(first as typeof signingKeys.$inferInsert),
    kid: `killed-${age}`,
    state: 'killed' as const,
    encryptedPrivateKey: null,
    createdAt: new Date(Date.UTC(2020, 0, 1) + age * 1000),
  }));
  await db.insert(signingKeys).values(killed);
  await keyring.reload();
  const kids = killed.map(({ kid }) => kid);
  t.strictSame(keyring.jwks().retired_kids, kids.slice(1));
  t.strictSame(parseRetiredKids(keyring.jwks()), kids.slice(1));
});

const privateHalfOf = async (kid: string) => {
  const [row] = await db.select().from(signingKeys).where(eq(signingKeys.kid, kid));
  return row?.encryptedPrivateKey;
};

t.test('the private half of a key that signs no more is gone, and its public half stays published', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  t.ok(await privateHalfOf(kid));
  await keyring.rotate(unrecorded);
  t.equal(await privateHalfOf(kid), null);
  t.ok(keyring.jwks().keys.some((key) => key.kid === kid));
  t.notMatch(JSON.stringify(keyring.jwks()), /"d":/, 'no private member is published');
});

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
    const [keyring, other] = [await start(t), await start(t)];
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

t.test('ASVS 13.3.4: a short period rotates by itself, and every key is published before it signs', async (t) => {
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

t.test('a database whose clock is further ahead than verifiers tolerate is told of once, and so is its end', async (t) => {
  let aheadSeconds = 0;
  const ahead = {
    ...store,
    readStored: async () => ({ ...(await store.readStored()), now: new Date(Date.now() + aheadSeconds * 1000) }),
  };
  const told: [string, object][] = [];
  const tell = (level: string) => (fields: object, message: string) => {
    if (message.includes('clock')) told.push([level, fields]);
  };
  const keyring = await start(t, { store: ahead, log: { info: tell('info'), warn: tell('warn'), error: tell('error') } });
  for (aheadSeconds of [4, 600, 600, -600, 0]) await keyring.reload();
  t.strictSame(told, [
    ['error', { aheadSeconds: 600 }],
    ['info', { aheadSeconds: -600 }],
  ]);
});

t.test('a read that began before a kill does not bring the killed key back', async (t) => {
  let read: Promise<unknown> = Promise.resolve();
  const slow = {
    ...store,
    readStored: async () => {
      const stored = await store.readStored();
      await read;
      return stored;
    },
  };
  const keyring = await start(t, { store: slow });
  const { kid } = await keyring.current();
  const { promise, resolve } = Promise.withResolvers<void>();
  read = promise;
  const early = keyring.reload();
  const killed = keyring.kill(kid, unrecorded);
  await until(async () => (await db.select().from(revocations)).length === 1);
  resolve();
  await Promise.all([early, killed]);
  t.not((await keyring.current()).kid, kid);
  t.notOk(keyring.jwks().keys.some((key) => key.kid === kid));
});

t.test('a verifier that asks after a kill is not answered with a read that began before it', async (t) => {
  let read: Promise<unknown> = Promise.resolve();
  let reads = 0;
  const slow = {
    ...store,
    readStored: async () => {
      const stored = await store.readStored();
      reads += 1;
      await read;
      return stored;
    },
  };
  const [keyring, other] = [await start(t), await start(t, { store: slow })];
  const { kid } = await keyring.current();
  const { promise, resolve } = Promise.withResolvers<void>();
  read = promise;
  const readBefore = reads;
  const early = other.refresh();
  await until(() => reads > readBefore);
  await keyring.kill(kid, unrecorded);
  const late = other.refresh();
  resolve();
  await Promise.all([early, late]);
  t.strictSame(other.jwks(), keyring.jwks());
});

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
    const waiting = async () => (await store.list()).find((key) => key.state === 'reserve');
    t.match(await waiting(), { kid, rotateAt: Date });
    await keyring.kill(kid, unrecorded);
    const next = await waiting();
    t.not(next?.kid, kid);
    t.strictSame(next?.rotateAt, next?.signableAt);
    await start(t, { schedule: createKeySchedule('ES256', 30, 30 * 86_400) });
    const other = await waiting();
    t.equal(other?.alg, 'ES256');
    t.strictSame(other?.rotateAt, other?.signableAt);
  },
);

t.test('a reserve whose rotation was never asked for leaves none to the one that takes its place', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  await keyring.rotate(unrecorded);
  const reserve = (await store.list()).find((key) => key.state === 'reserve');
  await keyring.kill(reserve?.kid ?? kid, unrecorded);
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

t.test('which key signs is told when it begins to, and not at every read', async (t) => {
  const told: unknown[] = [];
  const info = (fields: { kid?: string }, message: string) => {
    if (message.includes('signs from now on')) told.push(fields.kid);
  };
  const keyring = await start(t, { log: { ...log, info } });
  const { kid: first } = await keyring.current();
  await keyring.reload();
  await keyring.rotate(unrecorded);
  const { kid: second } = await keyring.current();
  await keyring.reload();
  t.strictSame(told, [first, second]);
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

t.test('a key that no session can need any more is forgotten, and one that may be needed a moment longer is not', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  await keyring.rotate(unrecorded);
  const retireAgo = async (seconds: number) => {
    await db
      .update(signingKeys)
      .set({ retiresAt: new Date(Date.now() - seconds * 1000) })
      .where(eq(signingKeys.kid, kid));
    await keyring.maintain();
  };
  await retireAgo(schedule.rememberSeconds - 60);
  t.ok(keyring.known().some((key) => key.kid === kid));
  await retireAgo(schedule.rememberSeconds + 60);
  t.strictSame(await states(), ['active', 'reserve']);
  t.notOk(keyring.known().some((key) => key.kid === kid));
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

  await db
    .update(signingKeys)
    .set({ signableAt: new Date(0) })
    .where(eq(signingKeys.state, 'reserve'));
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
  await changed.kill((await changed.list()).find((key) => key.state === 'reserve')?.kid ?? '', unrecorded);
  await db
    .update(signingKeys)
    .set({ signableAt: new Date(0) })
    .where(eq(signingKeys.state, 'reserve'));
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
  await changed.kill((await changed.list()).find((key) => key.state === 'reserve')?.kid ?? '', unrecorded);
  const unread = (await changed.list()).find((key) => key.state === 'reserve');
  for (let reads = 0; reads < 3; reads += 1) await old.reload();
  t.strictSame(errors, [{ kid: unread?.kid }]);
});

t.test('what an instance with the former KEY_ENCRYPTION_KEY makes meanwhile signs for the others as well', async (t) => {
  const old = await start(t);
  const other = await start(t, { encryption: { current: randomBytes(32), previous: encryption.current } });
  await old.kill((await old.list()).find((key) => key.state === 'reserve')?.kid ?? '', unrecorded);
  await old.kill((await old.current()).kid, unrecorded);
  await other.reload();
  t.equal((await other.current()).kid, (await old.current()).kid);
});

t.test('what an instance with the former KEY_ENCRYPTION_KEY makes meanwhile is put under the current one by the others', async (t) => {
  const old = await start(t);
  const changed = { current: randomBytes(32), previous: encryption.current };
  const other = await start(t, { encryption: changed });
  await old.kill((await old.list()).find((key) => key.state === 'reserve')?.kid ?? '', unrecorded);
  await other.maintain();
  await t.resolves(start(t, { encryption: { ...changed, previous: null } }));
});

t.test('another SIGNING_ALG holds from the start of the first instance that has it, and the former ones do not undo it', async (t) => {
  const es256 = createKeySchedule('ES256', 30, 60);
  const old = await start(t);
  const changed = await start(t, { schedule: es256 });
  const reserve = (await store.list()).find((key) => key.state === 'reserve');
  t.equal(reserve?.alg, 'ES256');
  for (const keyring of [old, changed, old]) await keyring.maintain();
  t.match(
    (await store.list()).find((key) => key.state === 'reserve'),
    { kid: reserve?.kid, alg: 'ES256' },
  );

  await db
    .update(signingKeys)
    .set({ signableAt: new Date(0) })
    .where(eq(signingKeys.state, 'reserve'));
  for (const keyring of [old, changed, old]) await keyring.maintain();
  const keys = (await store.list()).map(({ state, alg }) => `${state} ${alg}`).toSorted();
  t.strictSame(keys, ['active ES256', 'reserve ES256', 'retiring EdDSA']);
  t.equal((await old.current()).kid, reserve?.kid);

  await old.kill(reserve?.kid ?? '', unrecorded);
  await db
    .update(signingKeys)
    .set({ signableAt: new Date(0) })
    .where(eq(signingKeys.state, 'reserve'));
  await old.rotate(unrecorded);
  const later = (await store.list()).filter(({ state }) => state === 'active' || state === 'reserve').map(({ alg }) => alg);
  t.strictSame(later, ['ES256', 'ES256'], 'nor by a kill and a rotation');
});

t.test('keys that could not be maintained are told of, and are at the next look', async (t) => {
  const errors: string[] = [];
  let isDown = false;
  const failing = {
    ...store,
    locked: ((work) => (isDown ? Promise.reject(new Error('the database is gone')) : store.locked(work))) as typeof store.locked,
  };
  await start(t, {
    store: failing,
    schedule: createKeySchedule('EdDSA', 3 / 86_400, 60),
    log: { ...log, error: (_fields, message) => void errors.push(message) },
  });
  isDown = true;
  await until(() => errors.length > 0);
  t.match(errors[0], /could not be maintained; the next try follows/);
  isDown = false;
  await until(async () => (await states()).includes('retiring'), { timeoutMs: 10_000 });
});

t.test('the keys are looked after for as long as the keyring is open, and no longer', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  let looks = 0;
  const locked: typeof store.locked = (work) => {
    looks += 1;
    return store.locked(work);
  };
  const keyring = await start(t, { store: { ...store, locked } });
  const looksDuring = (seconds: number) => {
    const before = looks;
    mock.timers.tick(seconds * 1000);
    return looks - before;
  };
  t.equal(looksDuring(schedule.publishSeconds), 4, 'more often than a key has to be published');
  await keyring.maintain();
  keyring.close();
  t.equal(looksDuring(schedule.publishSeconds), 0);
});

t.test('a kill that is heard of during a read outlasts it: that read may have begun before the kill', async (t) => {
  const held: (() => void)[] = [];
  let isHeld = false;
  const slow = {
    ...store,
    readStored: async () => {
      const stored = await store.readStored();
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return stored;
    },
  };
  const keyring = await start(t, { store: slow });
  const { kid } = await keyring.current();
  isHeld = true;
  const early = keyring.reload();
  await until(() => held.length === 1);
  keyring.noteKilled(kid);
  held[0]?.();
  await early;
  t.equal(keyring.isKilled(kid), true);
  await until(() => held.length === 2);
  held[1]?.();
  await until(() => !keyring.isKilled(kid));
});
