import { setTimeout as wait } from 'node:timers/promises';
import { needsReal, testDatabase, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { migrations } from '../../src/migrations.ts';
import { clientDirectory } from '../../src/stores/client-directory.postgres.ts';
import { createClients } from '../../src/stores/clients.postgres.ts';
import { clientSecrets, clients as table } from '../../src/stores/schema.ts';
import { countWaiting } from '../count-waiting.ts';

const { db } = await testDatabase(t, { migrations });
const clients = createClients(db);

t.test('a new secret revives none whose day is over, and prolongs none whose day runs', async (t) => {
  const client = { id: 'c-1', name: 'a client', authMethod: 'client_secret', scopes: [], audiences: [], jwks: null } as const;
  await clients.insert(db, client);
  const [expired, old, newest] = [Buffer.alloc(32, 'a'), Buffer.alloc(32, 'b'), Buffer.alloc(32, 'c')];
  const add = (digest: Buffer) => clients.addSecret(db, client.id, digest, { revokeOld: false });
  const endIn = (digest: Buffer, seconds: number) =>
    db
      .update(clientSecrets)
      .set({ expiresAt: sql`now() + make_interval(secs => ${seconds})` })
      .where(eq(clientSecrets.digest, digest));
  const good = async () => (await clients.find(client.id))?.secretDigests.map(String).toSorted();

  await add(expired);
  await endIn(expired, -1);
  await add(old);
  t.strictSame(await good(), [String(old)]);
  await endIn(old, 3600);
  await add(newest);
  t.strictSame(await good(), [String(old), String(newest)]);
  const [row] = await db.select().from(clientSecrets).where(eq(clientSecrets.digest, old));
  t.ok(Number(row?.expiresAt) <= Date.now() + 2 * 3_600_000, 'its hour stays an hour');
});

t.test('of secrets that are made at once the last one is the newest, and the others end', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const client = { id: 'c-5', name: 'a client', authMethod: 'client_secret', scopes: [], audiences: [], jwks: null } as const;
  await clients.insert(db, client);
  const [first, second] = [Buffer.alloc(32, 'd'), Buffer.alloc(32, 'e')];
  let adding: Promise<boolean> | undefined;
  await db.transaction(async (tx) => {
    await clients.addSecret(tx, client.id, first, { revokeOld: true });
    adding = db.transaction((other) => clients.addSecret(other, client.id, second, { revokeOld: true }));
    await until(async () => (await countWaiting(db)) === 1);
  });
  t.equal(await adding, true);
  t.strictSame((await clients.find(client.id))?.secretDigests, [second]);
});

t.test('a change of a client waits for the one that is under way, and begins with what that one leaves', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const client = { id: 'c-7', name: 'a client', authMethod: 'client_secret', scopes: [], audiences: [], jwks: null } as const;
  await clients.insert(db, client);
  let changing: Promise<object | null> | undefined;
  await db.transaction(async (tx) => {
    await clientDirectory.lock(tx, client.id);
    await clientDirectory.change(tx, client.id, { ...client, scopes: ['books:read'] });
    changing = db.transaction((other) => clientDirectory.lock(other, client.id));
    await until(async () => (await countWaiting(db)) === 1);
  });
  t.strictSame((await clientDirectory.find(db, client.id))?.scopes, ['books:read']);
  t.match(await changing, { scopes: ['books:read'] });
});

t.test('the assertion of a client that is being deleted waits for that, and is then of no use', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const client = { id: 'c-6', name: 'a client', authMethod: 'private_key_jwt', scopes: [], audiences: [], jwks: { keys: [] } } as const;
  await clients.insert(db, client);
  let using: Promise<boolean> | undefined;
  await db.transaction(async (tx) => {
    await clients.delete(tx, client.id);
    using = clients.useAssertion({ clientId: client.id, jti: 'any', expiresAtSeconds: Math.floor(Date.now() / 1000) + 60 });
    await until(async () => (await countWaiting(db)) === 1);
  });
  t.equal(await using, false);
});

t.test('a clock that was set back takes nothing back from a former revocation', async (t) => {
  const client = { id: 'c-2', name: 'a client', authMethod: 'client_secret', scopes: [], audiences: [], jwks: null } as const;
  await clients.insert(db, client);
  const before = Number(await clients.moveNotBefore(db, client.id)) + 60;
  await db.update(table).set({ tokensNotBefore: before }).where(eq(table.id, client.id));
  t.equal(await clients.moveNotBefore(db, client.id), before);
});

t.test('an assertion that has expired since it was judged is of no use: that it was used may have been forgotten', async (t) => {
  const client = { id: 'c-3', name: 'a client', authMethod: 'private_key_jwt', scopes: [], audiences: [], jwks: { keys: [] } } as const;
  await clients.insert(db, client);
  const now = Math.floor(Date.now() / 1000);
  t.equal(await clients.useAssertion({ clientId: client.id, jti: 'late', expiresAtSeconds: now - 60 }), false);
  t.equal(await clients.useAssertion({ clientId: client.id, jti: 'good', expiresAtSeconds: now + 60 }), true);
});

t.test('a client is read with the time at which it was so, however slowly: a revocation that it does not show is later', async (t) => {
  const client = { id: 'c-4', name: 'a client', authMethod: 'client_secret', scopes: [], audiences: [], jwks: null } as const;
  await clients.insert(db, client);
  await db.execute(sql`alter table clients rename to kept_clients`);
  await db.execute(sql`create view clients as select * from kept_clients where pg_sleep(1.2) is not null and id = 'c-4'`);
  const reading = createClients(db).find(client.id);
  await wait(200);
  const next = sql`floor(extract(epoch from clock_timestamp()))::bigint + 1`;
  const [revoked] = (await db.execute(
    sql`update kept_clients set tokens_not_before = ${next} where id = 'c-4' returning tokens_not_before`,
  )) as Iterable<{
    tokens_not_before: unknown;
  }>;
  const read = await reading;
  if (read?.client.tokensNotBefore === 0) t.ok(Math.floor(read.now) < Number(revoked?.tokens_not_before));
  else
    t.equal(
      read?.client.tokensNotBefore,
      Number(revoked?.tokens_not_before),
      'on a database of one connection the one waits for the other',
    );
});
