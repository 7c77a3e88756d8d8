import { needsReal, testDatabase } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../../src/domain/identifiers.ts';
import { migrations } from '../../src/migrations.ts';
import { LOCKS } from '../../src/stores/advisory-locks.ts';
import { deleteOldRows } from '../../src/stores/old-rows.postgres.ts';
import { audit, clientAssertions, clients, passwordResets, revocations, sessions, users } from '../../src/stores/schema.ts';
import { countRowsRead } from './count-rows-read.ts';

const { db } = await testDatabase(t, { migrations });
const userId = createId();
await db.insert(users).values({ id: userId, username: 'ada', passwordHash: 'x' });

const days = (count: number) => sql`now() + ${count} * interval '1 day'`;

async function addSession(times: { endedAt?: number; expiresAt: number }): Promise<string> {
  const id = createId();
  const { endedAt, expiresAt } = times;
  await db.insert(sessions).values({
    id,
    userId,
    clientId: 'first-party',
    seedDigest: Buffer.alloc(32),
    delivery: 'body',
    authTime: sql`now()`,
    idleExpiresAt: days(expiresAt),
    expiresAt: days(expiresAt),
    ...(endedAt !== undefined && { endedAt: days(endedAt) }),
  });
  return id;
}

t.test('ASVS 14.2.7: what ended or expired more than 30 days ago goes; the rest and the audit log stay', async (t) => {
  await addSession({ endedAt: -31, expiresAt: 5 });
  await addSession({ expiresAt: -31 });
  const kept = [
    await addSession({ expiresAt: 5 }),
    await addSession({ endedAt: -29, expiresAt: -29 }),
    await addSession({ expiresAt: -29 }),
  ];
  await db.insert(passwordResets).values({ digest: Buffer.from('old'), userId, expiresAt: days(-1) });
  await db.insert(passwordResets).values({ digest: Buffer.from('new'), userId, expiresAt: days(1) });
  await db.insert(audit).values({ event: 'login', at: days(-400) });
  const lapsed = { kind: 'sid', expiresAt: Math.floor(Date.now() / 1000) - 31 * 86_400 } as const;
  await db.insert(revocations).values({ ...lapsed, id: 'sent', sentAt: days(-31) });
  await db.insert(revocations).values({ ...lapsed, id: 'unsent' });

  const deleted = await Promise.all(Array.from({ length: 4 }, () => deleteOldRows(db)));
  t.equal(
    deleted.reduce((sum, { sessions }) => sum + sessions, 0),
    2,
    'once, whoever does it',
  );
  t.strictSame((await db.select({ id: sessions.id }).from(sessions)).map(({ id }) => id).toSorted(), kept.toSorted());
  t.strictSame(
    (await db.select().from(passwordResets)).map(({ digest }) => digest.toString()),
    ['new'],
  );
  t.strictSame(
    (await db.select().from(revocations)).map(({ id }) => id),
    ['unsent'],
  );
  t.equal((await db.select().from(audit)).length, 1);
  await db.delete(revocations);
});

t.test('one-time tokens of any number go in statements of at most 5000 rows, and are counted', async (t) => {
  await db.insert(clients).values({ id: 'busy-client', name: 'busy', authMethod: 'private_key_jwt', scopes: [], audiences: [] });
  const many = sql`generate_series(1, 5001) as number`;
  await db.execute(sql`insert into ${clientAssertions} select 'busy-client', 'old ' || number, ${days(-1)} from ${many}`);
  await db.execute(sql`insert into ${passwordResets} select ('old ' || number)::bytea, ${userId}, now(), ${days(-1)} from ${many}`);
  await db.insert(clientAssertions).values({ clientId: 'busy-client', jti: 'new', expiresAt: days(1) });
  await db.execute(sql`
    create function refuse_many() returns trigger language plpgsql as $$
    begin
      if (select count(*) from gone) > 5000 then raise exception 'too many rows in one statement'; end if;
      return null;
    end $$`);
  for (const table of [clientAssertions, passwordResets])
    await db.execute(sql`
      create trigger refuse_many after delete on ${table} referencing old table as gone
      for each statement execute function refuse_many()`);

  const [before] = await db.select({ count: sql<number>`count(*)::int` }).from(passwordResets);
  t.equal(before?.count, 5002);
  t.match(await deleteOldRows(db), { clientAssertions: 5001, passwordResets: 5001 });
  t.strictSame(
    (await db.select().from(clientAssertions)).map(({ jti }) => jti),
    ['new'],
  );
  t.equal((await db.select().from(passwordResets)).length, 1);
});

t.test('a row that somebody holds is left for the next time, so that no call and the cleaning wait for each other', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  await db.delete(sessions);
  const held = await addSession({ expiresAt: -31 });
  await addSession({ expiresAt: -31 });
  const heldReset = Buffer.from('held');
  await db.insert(passwordResets).values({ digest: heldReset, userId, expiresAt: days(-1) });
  await db.insert(clientAssertions).values({ clientId: 'busy-client', jti: 'held', expiresAt: days(-1) });
  await db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, held)).for('update');
    await tx.select().from(passwordResets).where(eq(passwordResets.digest, heldReset)).for('update');
    await tx.select().from(clientAssertions).where(eq(clientAssertions.jti, 'held')).for('update');
    t.match(await deleteOldRows(db), { sessions: 1, passwordResets: 0, clientAssertions: 0 });
  });
  t.match(await deleteOldRows(db), { sessions: 1, passwordResets: 1, clientAssertions: 1 });
});

t.test('rows that another instance is deleting are left to it, so that the two never wait for each other, and the next go', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const lapsed = { kind: 'sid', id: 'lapsed', expiresAt: Math.floor(Date.now() / 1000) - 31 * 86_400 } as const;
  await db.insert(revocations).values({ ...lapsed, sentAt: days(-31) });
  await db.insert(passwordResets).values({ digest: Buffer.from('next'), userId, expiresAt: days(-1) });
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCKS.old}::integer, hashtext('revocations'))`);
    t.match(await deleteOldRows(db), { revocations: 0, passwordResets: 1 });
  });
  t.match(await deleteOldRows(db), { revocations: 1 });
});

t.test('what has lapsed is found without reading what hasn’t: millions may be live', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  await db.execute(sql`
    insert into ${revocations} (kind, id, expires_at, sent_at)
    select 'sid', n, extract(epoch from now())::bigint - 2592000 + n * 1000 - 1500, now() from generate_series(1, 5000) as n`);
  await db.execute(sql`vacuum analyze ${revocations}`); // else what the tests before have deleted may be read as well
  await db.transaction(async (tx) => {
    t.match(await deleteOldRows(tx), { revocations: 1 });
    const read = await countRowsRead(tx, 'revocations');
    t.ok(read <= 10, `it read ${read} rows`);
  });
});
