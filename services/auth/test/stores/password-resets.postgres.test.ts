import { needsReal, testDatabase, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../../src/domain/identifiers.ts';
import { migrations } from '../../src/migrations.ts';
import { passwordResetStore } from '../../src/stores/password-resets.postgres.ts';
import { passwordResets, users } from '../../src/stores/schema.ts';
import { countWaiting } from '../count-waiting.ts';
import { countRowsReadBy } from './count-rows-read.ts';

const { db } = await testDatabase(t, { migrations });

t.test('of the tokens of a user that are used at once, one is good, and none waits for another for ever', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  for (let round = 0; round < 20; round += 1) {
    const userId = createId();
    await db.insert(users).values({ id: userId, username: userId, passwordHash: 'x' });
    const digests = Array.from({ length: 4 }, (_, index) => Buffer.alloc(32, `${round} ${index}`));
    for (const digest of digests) await passwordResetStore.insert(db, { digest, userId, lifeSeconds: 60 });
    const used = await Promise.all(digests.map((digest) => db.transaction((tx) => passwordResetStore.use(tx, { digest, userId }))));
    t.equal(used.filter((isGood) => isGood).length, 1);
    t.equal((await db.select().from(passwordResets)).length, 0);
  }
});

t.test('a reset and a change of the password lock the user first, so that neither waits for the other for ever', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const userId = createId();
  await db.insert(users).values({ id: userId, username: userId, passwordHash: 'x' });
  const digest = Buffer.alloc(32, 'locked');
  await passwordResetStore.insert(db, { digest, userId, lifeSeconds: 60 });
  let resetting: Promise<boolean> | undefined;
  await db.transaction(async (changing) => {
    await changing.update(users).set({ passwordHash: 'changed' }).where(eq(users.id, userId));
    resetting = db.transaction(async (tx) => {
      const isGood = await passwordResetStore.use(tx, { digest, userId });
      await tx.update(users).set({ passwordHash: 'reset' }).where(eq(users.id, userId));
      return isGood;
    });
    await until(async () => (await countWaiting(db)) === 1);
    await passwordResetStore.forget(changing, userId);
  });
  t.equal(await resetting, false);
});

t.test('a token whose time is over is no good', async (t) => {
  const userId = createId();
  await db.insert(users).values({ id: userId, username: userId, passwordHash: 'x' });
  const [late, good] = [Buffer.alloc(32, 'late'), Buffer.alloc(32, 'good')];
  await passwordResetStore.insert(db, { digest: late, userId, lifeSeconds: -1 });
  t.equal(await passwordResetStore.findUser(db, late), null);
  t.equal(await passwordResetStore.use(db, { digest: late, userId }), false);
  await passwordResetStore.insert(db, { digest: good, userId, lifeSeconds: 60 });
  t.strictSame(await passwordResetStore.findUser(db, good), { id: userId, username: userId });
  t.equal(await passwordResetStore.use(db, { digest: good, userId }), true);
});

t.test('a token that another has replaced since it was looked up is no good', async (t) => {
  const userId = createId();
  await db.insert(users).values({ id: userId, username: userId, passwordHash: 'x' });
  const [replaced, next] = [Buffer.alloc(32, 'replaced'), Buffer.alloc(32, 'next')];
  await passwordResetStore.insert(db, { digest: next, userId, lifeSeconds: 60 });
  t.equal(await passwordResetStore.use(db, { digest: replaced, userId }), false);
});

t.test('a token of a user who is disabled is no good while that lasts', async (t) => {
  const userId = createId();
  await db.insert(users).values({ id: userId, username: userId, passwordHash: 'x' });
  const digest = Buffer.alloc(32, 'disabled');
  await passwordResetStore.insert(db, { digest, userId, lifeSeconds: 60 });
  const findWhen = async (disabledAt: Date | null) => {
    await db.update(users).set({ disabledAt }).where(eq(users.id, userId));
    return (await passwordResetStore.findUser(db, digest))?.id ?? null;
  };
  t.equal(await findWhen(new Date()), null);
  t.equal(await findWhen(null), userId);
});

t.test('the tokens of a user are found without reading those of all others, of which a move from another system makes many', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  await db.transaction(async (tx) => {
    await tx.execute(
      sql`insert into ${users} (id, username, password_hash) select 'many ' || n, 'many ' || n, 'x' from generate_series(1, 5000) n`,
    );
    await tx.execute(
      sql`insert into ${passwordResets} (digest, user_id, expires_at) select int4send(n), 'many ' || n, now() + interval '1 hour' from generate_series(1, 5000) n`,
    );
    await tx.execute(sql`analyze ${passwordResets}`);
    const read = await countRowsReadBy(tx, 'password_resets', async () => {
      t.equal(await passwordResetStore.use(tx, { digest: Buffer.from([0, 0, 0, 7]), userId: 'many 7' }), true);
      await passwordResetStore.forget(tx, 'many 8');
      await tx.delete(users).where(eq(users.id, 'many 9'));
    });
    t.ok(read <= 10, `it read ${read} rows`);
  });
});
