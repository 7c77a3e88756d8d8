import { type Database, needsReal, testDatabase, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { migrations } from '../../src/migrations.ts';
import { roleStore } from '../../src/stores/roles.postgres.ts';
import { roles, sessions, userRoles, users } from '../../src/stores/schema.ts';
import { createSessions } from '../../src/stores/sessions.postgres.ts';
import { countWaiting } from '../count-waiting.ts';
import { countRowsRead } from './count-rows-read.ts';

const times = { authTime: sql`now()`, idleExpiresAt: sql`now() + interval '1 day'`, expiresAt: sql`now() + interval '1 day'` };
const begun = { userId: 'ada', clientId: 'first-party', seedDigest: Buffer.alloc(32), delivery: 'body', ...times } as const;

/** The store on a database that has one user, who has no session yet. */
async function startWithAda(t: Test) {
  const { db } = await testDatabase(t, { migrations });
  await db.insert(users).values({ id: 'ada', username: 'ada', passwordHash: 'none' });
  return { db, store: createSessions(db) };
}

t.test(
  'several sessions are locked in the order of their ids, whatever they are locked for, so that no two calls wait for each other',
  async (t) => {
    // One connection, as PGlite has, lets nobody wait.
    if (!needsReal(t, 'postgres')) return;
    const { db, store } = await startWithAda(t);
    const [first, second] = ['session-a', 'session-b'];
    // Not in the order in which they lie in the table.
    for (const id of [second, first]) await db.insert(sessions).values({ id, ...begun });

    const changes = [
      (which: { userId: string } | { ids: string[] }) => db.transaction((tx) => store.moveNotBefore(tx, which)),
      (which: { userId: string } | { ids: string[] }) => db.transaction((tx) => store.end(tx, which, 'admin')),
    ];
    for (const change of changes) {
      for (const which of [{ userId: 'ada' }, { ids: [second, first] }]) {
        await db.update(sessions).set({ endedAt: null });
        let changing: Promise<readonly object[]> | undefined;
        await db.transaction(async (tx) => {
          await tx.select().from(sessions).where(eq(sessions.id, first)).for('update');
          changing = change(which);
          await until(async () => (await countWaiting(db, '%"sessions"%')) > 0);
          await tx.select().from(sessions).where(eq(sessions.id, second)).for('update');
        });
        t.equal((await changing)?.length, 2);
      }
    }
  },
);

t.test('a session that is begun while a call waits for others does not make two calls wait for each other', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db, store } = await startWithAda(t);
  for (const id of ['session-b', 'session-c']) await db.insert(sessions).values({ id, ...begun });

  let ending: Promise<readonly object[]> | undefined;
  let moving: Promise<readonly object[]> | undefined;
  await db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, 'session-c')).for('update');
    ending = db.transaction((other) => store.end(other, { userId: 'ada' }, 'admin'));
    await until(async () => (await countWaiting(db, '%"sessions"%')) === 1);
    await db.insert(sessions).values({ id: 'session-a', ...begun });
    moving = db.transaction((other) => store.moveNotBefore(other, { userId: 'ada' }));
    await until(async () => (await countWaiting(db, '%"sessions"%')) === 2);
  });
  t.match(await ending, [{ id: 'session-b' }, { id: 'session-c' }]);
  t.match(await moving, [{ id: 'session-a' }]);
});

t.test(
  'of sign-ins at once beyond the limit each ends other sessions than the others, and waits for no session that is in use',
  async (t) => {
    if (!needsReal(t, 'postgres')) return;
    const { db, store } = await startWithAda(t);
    for (const id of ['session-a', 'session-b', 'session-c', 'session-d']) await db.insert(sessions).values({ id, ...begun });
    const endLeastUsed = (tx: Database) => store.lockLeastUsed(tx, 'ada', 2, 1);

    let second: Promise<readonly string[]> | undefined;
    await db.transaction(async (user) => {
      await user.select().from(sessions).where(eq(sessions.id, 'session-a')).for('update');
      await db.transaction(async (tx) => {
        t.strictSame(await endLeastUsed(tx), ['session-b']);
        await store.end(tx, { id: 'session-b' }, 'crowded');
        second = db.transaction(endLeastUsed);
        await until(async () => (await countWaiting(db)) === 1);
      });
      t.strictSame(await second, ['session-c']);
    });
  },
);

t.test('the sessions of those who hold a role are found by them, however many others there are', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db } = await testDatabase(t, { migrations });
  const store = createSessions(db);
  await db.execute(sql`insert into ${users} (id, username, password_hash) select n, n, 'none' from generate_series(10001, 15000) as n`);
  await db.execute(sql`insert into ${userRoles} select id, 'member' from ${users}`);
  await db.execute(sql`
    insert into ${sessions} (id, user_id, client_id, seed_digest, delivery, auth_time, idle_expires_at, expires_at)
    select 's' || n, 20000 - n / 2, 'first-party', '\\x00', 'body', now(), now(), now() from generate_series(10001, 19999) as n`);
  await db.insert(roles).values({ name: 'rare' });
  const holders = ['12345', '14321'];
  await db.insert(userRoles).values(holders.map((userId) => ({ userId, role: 'rare' })));
  await db.update(sessions).set({ endedAt: sql`now()` }).where(eq(sessions.id, 's15310'));
  await db.execute(sql`analyze`);
  await db.transaction(async (tx) => {
    t.strictSame(await roleStore.findHolders(tx, 'rare', '', 10), holders);
    t.strictSame(await roleStore.findHolders(tx, 'rare', '12345', 10), ['14321']);
    t.strictSame(await store.findIdsOf(tx, holders, '', 10), ['s11358', 's11359', 's15311']);
    t.strictSame(await store.findIdsOf(tx, holders, '', 2), ['s11358', 's11359']);
    t.strictSame(await store.findIdsOf(tx, holders, 's11359', 2), ['s15311']);
    for (const table of ['user_roles', 'sessions']) {
      const read = await countRowsRead(tx, table);
      t.ok(read <= 20, `it read ${read} rows`);
    }
  });
});
