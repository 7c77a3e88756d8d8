import { testDatabase } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../../src/domain/identifiers.ts';
import { migrations } from '../../src/migrations.ts';
import { deleteOldRows } from '../../src/stores/old-rows.postgres.ts';
import { audit, passwordResets, sessions, users } from '../../src/stores/schema.ts';

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
  t.equal((await db.select().from(audit)).length, 1);
});
