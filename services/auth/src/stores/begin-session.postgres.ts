import type { Database } from '@countersign/service';
import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { MAX_SESSIONS } from '../domain/sessions/end-least-used.ts';
import type { Beginning, BegunSession } from '../domain/sessions/session.ts';
import { liveSession, toLiveSession } from './live-session.postgres.ts';
import { audit, sessions, users } from './schema.ts';

/**
 * All that a sign-in writes, in one statement: while passwords are being hashed on every core, each round trip to the database waits its
 * turn. `null`: the password has changed since it was proved, or the user was disabled or deleted.
 */
export function prepareBeginning(db: Database): (beginning: Beginning) => Promise<BegunSession | null> {
  const person = db.$with('person', {}).as(sql`
    select ${users.id}, ${CROWDED} as crowded
    from ${users}
    where ${users.id} = ${given('userId')} and ${users.passwordHash} = ${given('passwordHash')} and ${users.disabledAt} is null
    for no key update
  `);
  const begun = db.$with('begun', getTableColumns(sessions)).as(sql`
    insert into ${sessions} (
      id, user_id, client_id, seed_digest, delivery, scope,
      auth_time, idle_expires_at, expires_at, user_agent, ip
    )
    select
      ${given('id')}, person.id, ${given('clientId')}, ${given('seedDigest')}::bytea, ${given('delivery')}, ${given('scope')},
      now(), now() + ${seconds('idleSeconds')}, now() + ${seconds('maxSeconds')}, ${given('userAgent')}, ${given('ip')}
    from person
    returning *
  `);
  const recorded = db.$with('recorded', {}).as(sql`
    insert into ${audit} (event, actor, subject, ip, request_id)
    select ${given('event')}, user_id, id, ${given('ip')}, ${given('requestId')} from begun
  `);
  const statement = db
    .with(person, begun, recorded)
    .select({ ...liveSession, crowded: sql<boolean>`person.crowded` })
    // Under the name of the table that the columns of `liveSession` belong to.
    .from(db.select().from(begun).as('sessions'))
    .crossJoin(sql`person`)
    .prepare('begin_session');
  return async ({ passwordHash, session, life, event, requestId }) => {
    const [row] = await statement.execute({ ...session, ...life, passwordHash, event, requestId });
    return row === undefined ? null : { ...toLiveSession(row), crowded: row.crowded };
  };
}

/** Counted here and not with the credentials: counting takes a while for a user with many, and each guess would reveal that. */
const CROWDED = sql`(select count(*) from (
  select from ${sessions} where ${sessions.userId} = ${users.id} and ${sessions.endedAt} is null limit ${MAX_SESSIONS}
) as unended) = ${MAX_SESSIONS}`;

function given(name: string) {
  return sql.placeholder(name);
}

function seconds(name: string): SQL {
  return sql`${given(name)}::integer * interval '1 second'`;
}
