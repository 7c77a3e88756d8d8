import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { judgeFreshness, requireFresh } from '@countersign/verifier';
import { Type } from 'typebox';
import type { EndSessionPorts } from '../../domain/sessions/end-session.ts';
import { endOtherSessions, endOwnSession } from '../../domain/sessions/end-sessions-by-user.ts';
import { callerOf } from '../caller.ts';
import { SessionId } from '../fields.schema.ts';
import { NEEDS_FRESH } from '../needs-fresh.ts';
import { getPerson, type Person } from '../person.ts';
import { formatSession, SessionAnswer } from '../session-answer.ts';

/** More than any person has. Listing the ten thousand that a program may have would keep auth from answering others for half a second. */
const MAX_LISTED = 1000;

export async function sessionRoutes(server: Server, { ports }: { readonly ports: EndSessionPorts }): Promise<void> {
  const list = {
    summary: 'List your sessions',
    description: `At most the ${MAX_LISTED} most recently used.`,
    response: { 200: Type.Array(SessionAnswer) },
  };
  server.get('/sessions', { schema: list }, async (request) => {
    const { userId, sessionId } = getPerson(request);
    const sessions = await ports.sessions.list(ports.db, userId, MAX_LISTED);
    return sessions.map((session) => formatSession(session, sessionId));
  });

  const others = { summary: 'End all other sessions', description: NEEDS_FRESH, response: { 204: Type.Null() } };
  server.delete('/sessions', { onRequest: requireFresh(), schema: others }, async (request, reply) => {
    await endOtherSessions(ports, getPerson(request), callerOf(request));
    return reply.code(204).send(null);
  });

  const one = {
    summary: 'End a session',
    description: `One of your own sessions. ${NEEDS_FRESH} That does not apply to the current session.`,
    params: Type.Object({ id: SessionId }),
    response: { 204: Type.Null() },
  };
  const config = { problems: ['reauthentication_required'] as const };
  server.delete('/sessions/:id', { config, schema: one }, async (request, reply) => {
    const person = getPerson(request);
    const { id } = request.params;
    if (id !== person.sessionId) requireFreshProof(person);
    if (!(await endOwnSession(ports, person.userId, id, callerOf(request))))
      throw new Problem('not_found', { detail: 'You have no such session.' });
    return reply.code(204).send(null);
  });
}

/** Ending a session other than the current one needs a recent proof of the password: a stolen token must not sign its owner out. */
function requireFreshProof({ claims }: Person): void {
  const refusal = judgeFreshness(claims);
  if (refusal !== null) throw refusal;
}
