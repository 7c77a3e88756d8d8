import { fieldFault } from '@countersign/problems';
import { type Database, NEXT_PAGE, pageQuery, type Server, STORABLE_TEXT } from '@countersign/service';
import { Type } from 'typebox';
import type { AuditRecord, AuditTrail } from '../../domain/audit.ts';
import { readPage, timeAndId } from './page.ts';

const PLACE = timeAndId('\\d{1,18}');

const storable = { maxLength: 100, pattern: STORABLE_TEXT };

const Query = Type.Object(
  {
    ...pageQuery,
    event: Type.Optional(Type.String({ ...storable, description: 'the name of an event, e.g. `login_failed`' })),
    actor: Type.Optional(Type.String({ ...storable, description: 'the id of the user or client who did it' })),
    since: Type.Optional(Type.String({ format: 'date-time', description: 'Only records from this moment on.' })),
    until: Type.Optional(Type.String({ format: 'date-time', description: 'Only records before this moment.' })),
  },
  { additionalProperties: false },
);

const textOrNull = (description: string, example: string) => Type.Union([Type.String(), Type.Null()], { description, examples: [example] });
const nameOrNull = (example: string) =>
  Type.Union([Type.String(), Type.Null()], {
    description: 'The current name of this user or client; `null` if there is none.',
    examples: [example],
  });

const RecordAnswer = Type.Object(
  {
    id: Type.Integer({ examples: [4711] }),
    at: Type.String({ format: 'date-time' }),
    event: Type.String({ description: 'What happened: a stable name, for filters and alerts.', examples: ['user_disabled'] }),
    actor: textOrNull('Who did it: the id of a user or a client; `null` if that is not known.', '4nVqZC0rTyWb1kEsXo8uPa'),
    actor_name: nameOrNull('ada'),
    subject: textOrNull('To whom or what it was done: an id, or the name of a role.', '9wKe2LmPzQ4tVbYh7cRjNx'),
    subject_name: nameOrNull('grace'),
    ip: textOrNull('The address that the request came from.', '203.0.113.7'),
    request_id: textOrNull('The id of the request in the logs.', 'b2c9f0e47d1a4c63'),
    details: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()], {
      description: 'Further facts about this event; never a secret.',
      examples: [null],
    }),
  },
  { title: 'AuditRecord', additionalProperties: false },
);

export interface AdminAuditOptions {
  readonly ports: { readonly db: Database; readonly audit: AuditTrail };
}

export async function adminAuditRoute(server: Server, { ports }: AdminAuditOptions): Promise<void> {
  const schema = {
    summary: 'Read the audit log',
    description: 'Who did what to whom, from where and when; newest first.',
    querystring: Query,
    response: { 200: Type.Array(RecordAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/audit', { schema }, async ({ query }, reply) => {
    const { event, actor } = query;
    const filter = { event, actor, since: parseTime('since', query.since), until: parseTime('until', query.until) };
    const page = await readPage(reply, query, (after, limit) => ports.audit.findPage(ports.db, filter, after, limit), PLACE);
    return page.map(formatRecord);
  });
}

/** The schema has checked the form, which allows leap seconds, unknown to `Date`, and times outside the years 1 to 9999 in UTC. */
function parseTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  const year = time.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw fieldFault(`querystring/${name}`, 'must be in the years 1 to 9999 (UTC), and not a leap second');
  return time;
}

function formatRecord({ at, actorName, subjectName, requestId, details, ...record }: AuditRecord) {
  return {
    ...record,
    at: at.toISOString(),
    actor_name: actorName,
    subject_name: subjectName,
    request_id: requestId,
    details: details && { ...details },
  };
}
