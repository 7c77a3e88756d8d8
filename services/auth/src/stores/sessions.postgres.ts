import type { Database } from '@countersign/service';
import { and, asc, desc, eq, exists, gt, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { Delivery, LiveSession, PresentedRefreshToken, Sessions, SessionsToEnd } from '../domain/session.ts';
import { isOlder, placeInTime } from './chronology.ts';
import { roleScopes, sessions, users } from './schema.ts';
import { wholeNames } from './whole-names.ts';

/** Sessions in Postgres. All times are the database's. */
export function createSessions(database: Database): Sessions {
  const rotateOutsideTransactions = prepareRotation(database);
  return {
    ...methods,
    async rotate(db, { sessionId, generation, seedDigest }, { idleSeconds }, rotation) {
      const statement = db === database ? rotateOutsideTransactions : prepareRotation(db);
      const [row] = await statement.execute({ sessionId, generation, seedDigest, idleSeconds, step: rotation ? 1 : 0 });
      return row === undefined ? null : toLiveSession(row);
    },
  };
}

/**
 * The refresh of a session by its current token: one statement that holds the conditions of `judgeRefresh`. Every
 * client comes here every few minutes, so drizzle builds it once.
 */
function prepareRotation(db: Database) {
  const step = sql.placeholder('step');
  return db
    .update(sessions)
    .set({
      generation: sql`${sessions.generation} + ${step}::integer`,
      rotatedAt: sql`case when ${step}::integer = 1 then now() else ${sessions.rotatedAt} end`,
      lastUsedAt: sql`now()`,
      idleExpiresAt: sql`least(now() + ${sql.placeholder('idleSeconds')}::float8 * interval '1 second', ${sessions.expiresAt})`,
    })
    .where(
      and(
        eq(sessions.id, sql.placeholder('sessionId')),
        eq(sessions.generation, sql.placeholder('generation')),
        eq(sessions.seedDigest, sql.placeholder('seedDigest')),
        live(db),
      ),
    )
    .returning(liveSession)
    .prepare('rotate_session');
}

const methods: Omit<Sessions, 'rotate'> = {
  async create(tx, session, life) {
    const [row] = await tx
      .insert(sessions)
      .values({
        ...session,
        authTime: sql`now()`,
        idleExpiresAt: after(Math.min(life.idleSeconds, life.maxSeconds)),
        expiresAt: after(life.maxSeconds),
      })
      .returning(liveSession);
    return toLiveSession(row);
  },

  async lock(tx, token) {
    const [row] = await tx
      .select({
        ...liveSession,
        rotatedAt: sessions.rotatedAt,
        idleExpiresAt: sessions.idleExpiresAt,
        expiresAt: sessions.expiresAt,
        endedAt: sessions.endedAt,
        userDisabled: wholeNames(
          sql<boolean>`exists (select 1 from ${users} where ${users.id} = ${sessions.userId} and ${users.disabledAt} is not null)`,
        ),
      })
      .from(sessions)
      .where(presented(token))
      .for('update');
    if (row === undefined) return null;
    const session = toLiveSession(row);
    return { state: row, session, now: new Date(session.now * 1000) };
  },

  async findLive(db, id) {
    const [row] = await db
      .select(liveSession)
      .from(sessions)
      .where(and(eq(sessions.id, id), live(db)))
      .for('share');
    return row === undefined ? null : toLiveSession(row);
  },

  end: (tx, which, endedReason) =>
    tx
      .update(sessions)
      .set({ endedAt: sql`now()`, endedReason })
      .where(and(matching(which), isNull(sessions.endedAt)))
      .returning({ id: sessions.id, userId: sessions.userId, endedAt: unixSeconds(sql`clock_timestamp()`) }),

  list: (db, userId) =>
    db
      .select(summary)
      .from(sessions)
      .where(and(eq(sessions.userId, userId), live(db)))
      .orderBy(desc(sessions.lastUsedAt), desc(sessions.id)),

  findPage: (db, userId, after, limit) =>
    db
      .select({ ...summary, place: placeInTime(sessions.createdAt, sessions.id) })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), live(db), isOlder(sessions.createdAt, sessions.id, after)))
      .orderBy(desc(sessions.createdAt), desc(sessions.id))
      .limit(limit),

  async findIds(db, after, limit) {
    const rows = await db.select({ id: sessions.id }).from(sessions).where(gt(sessions.id, after)).orderBy(asc(sessions.id)).limit(limit);
    return rows.map(({ id }) => id);
  },

  startAnew: (tx, userId) =>
    tx
      .update(sessions)
      .set({ accessNotBefore: sql`floor(extract(epoch from clock_timestamp()))::bigint + 1` })
      .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)))
      .returning({ id: sessions.id, before: sessions.accessNotBefore }),

  async proved(tx, id) {
    const [row] = await tx
      .update(sessions)
      .set({ authTime: sql`now()` })
      .where(and(eq(sessions.id, id), live(tx)))
      .returning(liveSession);
    return row === undefined ? null : toLiveSession(row);
  },
};

const summary = {
  id: sessions.id,
  createdAt: sessions.createdAt,
  lastUsedAt: sessions.lastUsedAt,
  userAgent: sessions.userAgent,
  ip: sessions.ip,
};

// clock_timestamp() and roles_now(), not now() and a subquery: a statement that had to wait for a lock began long before
// it answers, and the roles may have been changed by whoever had the lock.
const liveSession = {
  id: sessions.id,
  userId: sessions.userId,
  clientId: sessions.clientId,
  generation: sessions.generation,
  delivery: sessions.delivery,
  scope: sessions.scope,
  roles: wholeNames(sql<string[]>`roles_now(${sessions.userId})`),
  allowedScopes: wholeNames(
    sql<
      string[]
    >`array(select distinct ${roleScopes.scope} from unnest(roles_now(${sessions.userId})) as held(role) join ${roleScopes} on ${roleScopes.role} = held.role order by 1)`,
  ),
  authTime: unixSeconds(sql`${sessions.authTime}`),
  endsAt: unixSeconds(sql`least(${sessions.idleExpiresAt}, ${sessions.expiresAt})`),
  accessNotBefore: sessions.accessNotBefore,
  now: unixSeconds(sql`clock_timestamp()`),
};

type LiveRow = Omit<LiveSession, 'delivery'> & { readonly delivery: Delivery };

function toLiveSession(row: LiveRow | undefined): LiveSession {
  if (row === undefined) throw new Error('the database returned no session');
  const { id, userId, clientId, generation, delivery, scope, roles, allowedScopes, authTime, endsAt, accessNotBefore, now } = row;
  return { id, userId, clientId, generation, delivery, scope, roles, allowedScopes, authTime, endsAt, accessNotBefore, now };
}

function presented({ sessionId, seedDigest }: PresentedRefreshToken): SQL | undefined {
  return and(eq(sessions.id, sessionId), eq(sessions.seedDigest, seedDigest));
}

/** Not ended, neither life over, and the user not disabled. */
function live(db: Database): SQL | undefined {
  return and(
    isNull(sessions.endedAt),
    gt(sessions.idleExpiresAt, sql`now()`),
    gt(sessions.expiresAt, sql`now()`),
    exists(
      db
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.id, sessions.userId), isNull(users.disabledAt))),
    ),
  );
}

function matching({ userId, id, ids, exceptId, seedDigest }: SessionsToEnd): SQL | undefined {
  return and(
    userId === undefined ? undefined : eq(sessions.userId, userId),
    id === undefined ? undefined : eq(sessions.id, id),
    ids === undefined ? undefined : sql`${sessions.id} = any(string_to_array(${ids.join(',')}, ','))`,
    exceptId === undefined ? undefined : ne(sessions.id, exceptId),
    seedDigest === undefined ? undefined : eq(sessions.seedDigest, seedDigest),
  );
}

function after(seconds: number): SQL {
  return sql`now() + ${seconds} * interval '1 second'`;
}

function unixSeconds(time: SQL): SQL<number> {
  return wholeNames(sql<number>`extract(epoch from ${time})::float8`).mapWith(Number);
}
