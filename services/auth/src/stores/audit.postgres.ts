import { and, desc, eq, gte, lt, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { Audit, AuditTrail } from '../domain/audit.ts';
import { isOlder, placeInTime } from './chronology.ts';
import { rowsOf } from './rows-of.ts';
import { audit, clients, users } from './schema.ts';

/** Looked up for each record of a page: Postgres might plan a join over all users. */
function nameOf(id: SQLWrapper): SQL<string | null> {
  return sql`coalesce((select ${users.username} from ${users} where ${users.id} = ${id}), (select ${clients.name} from ${clients} where ${clients.id} = ${id}))`;
}

const EVENT = sql`event text, actor text, subject text, details jsonb, ip text, "requestId" text`;

export const auditLog: Audit & AuditTrail = {
  async record(tx, ...events) {
    if (events.length === 0) return;
    await tx.execute(sql`
      insert into ${audit} (event, actor, subject, details, ip, request_id)
      select event, actor, subject, details, ip, "requestId" from ${rowsOf(events, EVENT)}`);
  },

  async hasHappened(db, event, subject) {
    const found = await db
      .select({ id: audit.id })
      .from(audit)
      .where(and(eq(audit.event, event), eq(audit.subject, subject)))
      .limit(1);
    return found.length > 0;
  },

  findPage: (db, { event, actor, since, until }, after, limit) =>
    db
      .select({
        id: audit.id,
        at: audit.at,
        event: audit.event,
        actor: audit.actor,
        actorName: nameOf(audit.actor),
        subject: audit.subject,
        subjectName: nameOf(audit.subject),
        ip: audit.ip,
        requestId: audit.requestId,
        details: audit.details,
        place: placeInTime(audit.at, audit.id),
      })
      .from(audit)
      .where(
        and(
          event === undefined ? undefined : eq(audit.event, event),
          actor === undefined ? undefined : eq(audit.actor, actor),
          since && gte(audit.at, since),
          until && lt(audit.at, until),
          isOlder(audit.at, audit.id, after),
        ),
      )
      .orderBy(desc(audit.at), desc(audit.id))
      .limit(limit),
};
