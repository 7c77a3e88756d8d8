import { mock } from 'node:test';
import { until } from '@countersign/testing';
import { parseRetiredKids } from '@countersign/tokens';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { createKeySchedule } from '../../src/domain/keys/key-schedule.ts';
import { signingKeys } from '../../src/stores/schema.ts';
import { testKeyrings } from './test-keyrings.ts';

const { db, store, schedule, log, unrecorded, start, states, getReserve, makeReserveSignable, privateHalfOf } = await testKeyrings(t);

t.test('eight instances that start at once on an empty database make one active key and one in reserve', async (t) => {
  const keyrings = await Promise.all(Array.from({ length: 8 }, () => start(t)));
  t.strictSame(await states(), ['active', 'reserve']);
  const signers = await Promise.all(keyrings.map((keyring) => keyring.current()));
  t.equal(new Set(signers.map((signer) => signer.kid)).size, 1);
});

t.test('the first rotation takes the reserve at once, and of eight at once each leaves exactly one active and one reserve', async (t) => {
  const keyrings = await Promise.all(Array.from({ length: 8 }, () => start(t)));
  const [first] = keyrings;
  const reserve = await getReserve();
  const rotated = await Promise.all(keyrings.map((keyring) => keyring.rotate(unrecorded)));
  t.equal((await first?.current())?.kid, reserve.kid);
  t.equal(rotated.filter((key) => key.kid === reserve.kid).length, 1, 'one rotated, the others asked for the key after it');
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

t.test('the private half of a key that signs no more is gone, and its public half stays published', async (t) => {
  const keyring = await start(t);
  const { kid } = await keyring.current();
  t.ok(await privateHalfOf(kid));
  await keyring.rotate(unrecorded);
  t.equal(await privateHalfOf(kid), null);
  t.ok(keyring.jwks().keys.some((key) => key.kid === kid));
  t.notMatch(JSON.stringify(keyring.jwks()), /"d":/, 'no private member is published');
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

t.test('another SIGNING_ALG holds from the start of the first instance that has it, and the former ones do not undo it', async (t) => {
  const es256 = createKeySchedule('ES256', 30, 60);
  const old = await start(t);
  const changed = await start(t, { schedule: es256 });
  const reserve = await getReserve();
  t.equal(reserve.alg, 'ES256');
  for (const keyring of [old, changed, old]) await keyring.maintain();
  t.match(await getReserve(), { kid: reserve.kid, alg: 'ES256' });

  await makeReserveSignable();
  for (const keyring of [old, changed, old]) await keyring.maintain();
  const keys = (await store.list()).map(({ state, alg }) => `${state} ${alg}`).toSorted();
  t.strictSame(keys, ['active ES256', 'reserve ES256', 'retiring EdDSA']);
  t.equal((await old.current()).kid, reserve.kid);

  await old.kill(reserve.kid, unrecorded);
  await makeReserveSignable();
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
  t.match(errors[0], /could not be checked and rotated; the next attempt follows/);
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
