import { needsReal, testDatabase, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { migrations } from '../../src/migrations.ts';
import { sessions, users } from '../../src/stores/schema.ts';
import { createSessions } from '../../src/stores/sessions.postgres.ts';
import { countWaiting } from '../count-waiting.ts';

const times = { authTime: sql`now()`, idleExpiresAt: sql`now() + interval '1 day'`, expiresAt: sql`now() + interval '1 day'` };
const begun = { userId: 'ada', clientId: 'first-party', seedDigest: Buffer.alloc(32), delivery: 'body', ...times } as const;

t.test(
  'several sessions are locked in the order of their ids, whatever they are locked for, so that no two calls wait for each other',
  async (t) => {
    // One connection, as PGlite has, lets nobody wait.
    if (!needsReal(t, 'postgres')) return;
    const { db } = await testDatabase(t, { migrations });
    const store = createSessions(db);
    await db.insert(users).values({ id: 'ada', username: 'ada', passwordHash: 'none' });
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
  const { db } = await testDatabase(t, { migrations });
  const store = createSessions(db);
  await db.insert(users).values({ id: 'ada', username: 'ada', passwordHash: 'none' });
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
