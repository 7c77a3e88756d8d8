import type { Database } from '@countersign/service';
import { and, desc, eq, exists, gt, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { Delivery, LiveSession, PresentedRefreshToken, SessionLife, Sessions, SessionsToEnd } from '../domain/session.ts';
import { roleScopes, sessions, userRoles, users } from './schema.ts';
import { wholeNames } from './whole-names.ts';

/** Sessions in Postgres. All times are the database's. */
export const sessionStore: Sessions = {
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

  async rotate(db, token, life, rotation) {
    const [row] = await db
      .update(sessions)
      .set({ ...used(life), ...(rotation ? { generation: sql`${sessions.generation} + 1`, rotatedAt: sql`now()` } : {}) })
      .where(and(presented(token), eq(sessions.generation, token.generation), live(db)))
      .returning(liveSession);
    return row === undefined ? null : toLiveSession(row);
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
      .where(and(eq(sessions.id, id), live(db)));
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
      .select({
        id: sessions.id,
        createdAt: sessions.createdAt,
        lastUsedAt: sessions.lastUsedAt,
        userAgent: sessions.userAgent,
        ip: sessions.ip,
      })
      .from(sessions)
      .where(and(eq(sessions.userId, userId), live(db)))
      .orderBy(desc(sessions.lastUsedAt), desc(sessions.id)),

  async proved(tx, id) {
    const [row] = await tx
      .update(sessions)
      .set({ authTime: sql`now()` })
      .where(and(eq(sessions.id, id), live(tx)))
      .returning(liveSession);
    return row === undefined ? null : toLiveSession(row);
  },
};

// clock_timestamp(), not now(): a statement that had to wait for a lock began long before it answers.
const liveSession = {
  id: sessions.id,
  userId: sessions.userId,
  clientId: sessions.clientId,
  generation: sessions.generation,
  delivery: sessions.delivery,
  scope: sessions.scope,
  roles: wholeNames(
    sql<string[]>`array(select ${userRoles.role} from ${userRoles} where ${userRoles.userId} = ${sessions.userId} order by 1)`,
  ),
  allowedScopes: wholeNames(
    sql<
      string[]
    >`array(select distinct ${roleScopes.scope} from ${roleScopes} join ${userRoles} on ${userRoles.role} = ${roleScopes.role} where ${userRoles.userId} = ${sessions.userId} order by 1)`,
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

function matching({ userId, id, exceptId, seedDigest }: SessionsToEnd): SQL | undefined {
  return and(
    userId === undefined ? undefined : eq(sessions.userId, userId),
    id === undefined ? undefined : eq(sessions.id, id),
    exceptId === undefined ? undefined : ne(sessions.id, exceptId),
    seedDigest === undefined ? undefined : eq(sessions.seedDigest, seedDigest),
  );
}

function used(life: SessionLife) {
  return { lastUsedAt: sql`now()`, idleExpiresAt: sql`least(now() + ${life.idleSeconds} * interval '1 second', ${sessions.expiresAt})` };
}

function after(seconds: number): SQL {
  return sql`now() + ${seconds} * interval '1 second'`;
}

function unixSeconds(time: SQL): SQL<number> {
  return wholeNames(sql<number>`extract(epoch from ${time})::float8`).mapWith(Number);
}
