import type { Database } from '@countersign/service';
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { MAX_SESSIONS } from '../domain/sessions/end-least-used.ts';
import type { Beginning, BegunSession } from '../domain/sessions/session.ts';
import { liveSession, toLiveSession } from './live-session.postgres.ts';
import { audit, sessions, users } from './schema.ts';
import { wholeNames } from './whole-names.ts';

/**
 * All that a sign-in writes, in one statement: while passwords are being hashed on every core, each round trip to the
 * database waits its turn. `null`: the password has been changed since it was proved, or the user disabled or deleted.
 */
export function prepareBeginning(db: Database): (beginning: Beginning) => Promise<BegunSession | null> {
  const person = db.$with('person').as(
    db
      .select({ id: users.id, crowded: CROWDED.as('crowded') })
      .from(users)
      .where(
        and(eq(users.id, sql.placeholder('userId')), eq(users.passwordHash, sql.placeholder('passwordHash')), isNull(users.disabledAt)),
      )
      .for('no key update'),
  );
  const begun = db.$with('begun').as(
    db
      .insert(sessions)
      // drizzle's INSERT … SELECT names every column, in the table's order.
      .select(
        db
          .select({
            id: text('id'),
            userId: person.id,
            clientId: text('clientId'),
            generation: sql`0`.as('generation'),
            seedDigest: sql`${sql.placeholder('seedDigest')}::bytea`.as('seed_digest'),
            delivery: text('delivery'),
            scope: text('scope'),
            authTime: sql`now()`.as('auth_time'),
            createdAt: sql`now()`.as('created_at'),
            lastUsedAt: sql`now()`.as('last_used_at'),
            rotatedAt: sql`null::timestamptz`.as('rotated_at'),
            idleExpiresAt: sql`now() + ${seconds('idleSeconds')}`.as('idle_expires_at'),
            expiresAt: sql`now() + ${seconds('maxSeconds')}`.as('expires_at'),
            accessNotBefore: sql`0`.as('access_not_before'),
            endedAt: sql`null::timestamptz`.as('ended_at'),
            endedReason: sql`null`.as('ended_reason'),
            userAgent: text('userAgent'),
            ip: text('ip'),
          })
          .from(person),
      )
      .returning(liveSession),
  );
  const recorded = db.$with('recorded', {}).as(sql`
    insert into ${audit} (event, actor, subject, ip, request_id)
    select ${sql.placeholder('event')}, ${begun.userId}, ${begun.id}, ${sql.placeholder('ip')}, ${sql.placeholder('requestId')} from ${begun}
  `);
  const statement = db.with(person, begun, recorded).select().from(begun).crossJoin(person).prepare('begin_session');
  return async ({ passwordHash, session, life, event, requestId }) => {
    const [row] = await statement.execute({ ...session, ...life, passwordHash, event, requestId });
    return row === undefined ? null : { ...toLiveSession(row.begun), crowded: row.person.crowded };
  };
}

/** Asked here and not with the credentials: counting takes a while for who has many, and each guess would show that. */
const CROWDED = wholeNames(
  sql<boolean>`(select count(*) from (
    select from ${sessions} where ${sessions.userId} = ${users.id} and ${sessions.endedAt} is null limit ${MAX_SESSIONS}
  ) as unended) = ${MAX_SESSIONS}`,
);

function text(name: string): SQL.Aliased {
  return sql`${sql.placeholder(name)}::text`.as(name);
}

function seconds(name: string): SQL {
  return sql`${sql.placeholder(name)}::integer * interval '1 second'`;
}
