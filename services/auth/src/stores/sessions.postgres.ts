import type { Database } from '@countersign/service';
import { and, asc, desc, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { Sessions, SomeSessions } from '../domain/sessions/session.ts';
import { prepareBeginning } from './begin-session.postgres.ts';
import { isOlder, placeInTime } from './chronology.ts';
import { comingSecond } from './coming-second.ts';
import { isInLife, isLive, liveSession, lockedSession, toLiveSession } from './live-session.postgres.ts';
import { readClock } from './read-clock.ts';
import { sessions, users } from './schema.ts';
import { unixSeconds } from './unix-seconds.ts';

/** Sessions in Postgres. All times are the database's. */
export function createSessions(db: Database): Sessions {
  return { ...methods, begin: prepareBeginning(db) };
}

const methods: Omit<Sessions, 'begin'> = {
  async findLive(db, id) {
    const [row] = await db.select(liveSession).from(lockedSession(db, and(eq(sessions.id, id), isLive(db)), 'share'));
    return row === undefined ? null : toLiveSession(row);
  },

  async end(tx, which, endedReason) {
    const locked = which.id === undefined ? await lockUnended(tx, which) : which;
    return await tx
      .update(sessions)
      .set({ endedAt: sql`now()`, endedReason })
      .where(unended(locked))
      .returning({ id: sessions.id, userId: sessions.userId, endedAt: unixSeconds(sql`clock_timestamp()`) });
  },

  readClock: async (db) => (await readClock(db)).getTime() / 1000,

  async lockLeastUsed(tx, userId, max, limit) {
    // One sign-in at a time: two at once would count the same sessions, and each end as many.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
    if ((await tx.$count(sessions, unended({ userId }))) <= max) return [];
    const rows = await tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(unended({ userId }))
      .orderBy(asc(sessions.lastUsedAt), asc(sessions.id))
      .limit(limit)
      .for('no key update', { skipLocked: true });
    return rows.map(({ id }) => id);
  },

  list: (db, userId, limit) =>
    db
      .select(summary)
      .from(sessions)
      .where(and(eq(sessions.userId, userId), isLive(db)))
      .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
      .limit(limit),

  findPage: (db, userId, after, limit) =>
    db
      .select({ ...summary, place: placeInTime(sessions.createdAt, sessions.id) })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), isLive(db), isOlder(sessions.createdAt, sessions.id, after)))
      .orderBy(desc(sessions.createdAt), desc(sessions.id))
      .limit(limit),

  async findIds(db, after, limit) {
    const rows = await db.select({ id: sessions.id }).from(sessions).where(gt(sessions.id, after)).orderBy(asc(sessions.id)).limit(limit);
    return rows.map(({ id }) => id);
  },

  async findIdsOf(db, userIds, after, limit) {
    // User by user, because of their limit: else Postgres, expecting many sessions, would read everybody's in the order of the ids.
    const ofOne = db
      .select({ id: sessions.id })
      .from(sessions)
      .where(and(sql`${sessions.userId} = asked.user_id`, isNull(sessions.endedAt), gt(sessions.id, after)))
      .orderBy(asc(sessions.id))
      .limit(limit)
      .as('of_one');
    const asked = sql`unnest(string_to_array(${userIds.join(',')}, ',')) as asked(user_id)`;
    const rows = await db.select({ id: ofOne.id }).from(asked).crossJoinLateral(ofOne).orderBy(asc(ofOne.id)).limit(limit);
    return rows.map(({ id }) => id);
  },

  async moveNotBefore(tx, which) {
    // Whoever has a session locked may still sign for it, so it is locked before the clock is read; an UPDATE alone reads the clock first.
    const locked = await lockUnended(tx, which);
    return await tx
      .update(sessions)
      .set({ accessNotBefore: comingSecond(sessions.accessNotBefore) })
      .where(unended(locked))
      .returning({ id: sessions.id, before: sessions.accessNotBefore });
  },

  async renewAuthTime(tx, id) {
    const [row] = await tx
      .update(sessions)
      .set({ authTime: sql`now()` })
      .where(and(eq(sessions.id, id), isLive(tx)))
      .returning(liveSession);
    return row === undefined ? null : toLiveSession(row);
  },
};

/**
 * In the order of their ids, so that two calls that lock several at once never deadlock.
 *
 * @returns exactly those that it has locked: the next statement would also find one that began meanwhile, out of that order
 */
async function lockUnended(tx: Database, which: SomeSessions): Promise<SomeSessions> {
  const rows = await tx.select({ id: sessions.id }).from(sessions).where(unended(which)).orderBy(asc(sessions.id)).for('no key update');
  return { ids: rows.map(({ id }) => id) };
}

const summary = {
  id: sessions.id,
  createdAt: sessions.createdAt,
  lastUsedAt: sessions.lastUsedAt,
  userAgent: sessions.userAgent,
  ip: sessions.ip,
};

function unended(which: SomeSessions): SQL | undefined {
  return and(matching(which), isNull(sessions.endedAt));
}

function matching({ userId, id, ids, exceptId, inLife }: SomeSessions): SQL | undefined {
  return and(
    userId === undefined ? undefined : eq(sessions.userId, userId),
    id === undefined ? undefined : eq(sessions.id, id),
    ids === undefined ? undefined : sql`${sessions.id} = any(string_to_array(${ids.join(',')}, ','))`,
    exceptId === undefined ? undefined : ne(sessions.id, exceptId),
    inLife === undefined ? undefined : isInLife(),
  );
}
