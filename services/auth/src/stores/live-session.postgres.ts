import type { Database } from '@countersign/service';
import { and, eq, exists, gt, isNull, type SQL, sql } from 'drizzle-orm';
import type { LiveSession } from '../domain/sessions/session.ts';
import { sessions, users } from './schema.ts';
import { unixSeconds } from './unix-seconds.ts';
import { wholeNames } from './whole-names.ts';

/**
 * The columns of a `LiveSession`. clock_timestamp(), roles_now() and scopes_now() instead of now() and subqueries: a statement that waited
 * for a lock began long before it answers, and the lock's holder may have changed the roles.
 */
export const liveSession = {
  id: sessions.id,
  userId: sessions.userId,
  clientId: sessions.clientId,
  generation: sessions.generation,
  delivery: sessions.delivery,
  scope: sessions.scope,
  roles: wholeNames(sql<string[]>`roles_now(${sessions.userId})`).as('roles'),
  allowedScopes: wholeNames(sql<string[]>`scopes_now(${sessions.userId})`).as('allowed_scopes'),
  authTime: unixSeconds(sql`${sessions.authTime}`).as('auth_time'),
  endsAt: unixSeconds(sql`least(${sessions.idleExpiresAt}, ${sessions.expiresAt})`).as('ends_at'),
  accessNotBefore: sessions.accessNotBefore,
  now: unixSeconds(sql`clock_timestamp()`).as('now'),
};

export function toLiveSession(row: LiveSession): LiveSession {
  const { id, userId, clientId, generation, delivery, scope, roles, allowedScopes, authTime, endsAt, accessNotBefore, now } = row;
  return { id, userId, clientId, generation, delivery, scope, roles, allowedScopes, authTime, endsAt, accessNotBefore, now };
}

/**
 * A locked session as a subquery, to select `liveSession` from. In a single query Postgres would call `scopes_now()` before waiting for the
 * row, and a statement that waits while it holds that function's lock blocks a change of roles, and with it all refreshes.
 */
export function lockedSession(db: Database, which: SQL | undefined, strength: 'update' | 'share') {
  return db.select().from(sessions).where(which).for(strength).as('sessions');
}

/** Not ended, neither life over, and the user not disabled. */
export function isLive(db: Database): SQL | undefined {
  return and(
    isNull(sessions.endedAt),
    isInLife(),
    exists(
      db
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.id, sessions.userId), isNull(users.disabledAt))),
    ),
  );
}

/** Neither the idle nor the absolute life is over. */
export function isInLife(): SQL | undefined {
  return and(gt(sessions.idleExpiresAt, sql`now()`), gt(sessions.expiresAt, sql`now()`));
}
