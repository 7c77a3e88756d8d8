import { Problem } from '@countersign/problems';
import { NEXT_PAGE, pageQuery, type Server } from '@countersign/service';
import { Type } from 'typebox';
import type { UserDirectory } from '../../domain/people/user-directory.ts';
import type { EndSessionPorts } from '../../domain/sessions/end-session.ts';
import { endAllSessions, endSessionOfUser, endSessionsOfUser } from '../../domain/sessions/end-sessions-by-admin.ts';
import { SessionId } from '../fields.schema.ts';
import { getPerson } from '../person.ts';
import { formatSession, SessionAnswer } from '../session-answer.ts';
import { administratorOf } from './administration.ts';
import { MANY_SESSIONS_TIMEOUT_MS } from './many-sessions.ts';
import { PLACE_IN_TIME, readPage } from './page.ts';
import { noSuchUser, parseUserId, UserParams } from './user-id.ts';

export interface AdminSessionsOptions {
  readonly ports: EndSessionPorts & { readonly userDirectory: UserDirectory };
}

export async function adminSessionRoutes(server: Server, { ports }: AdminSessionsOptions): Promise<void> {
  const { db, sessions } = ports;

  async function getUserId(text: string): Promise<string> {
    const id = parseUserId(text);
    if ((await ports.userDirectory.find(db, id)) === null) throw noSuchUser();
    return id;
  }

  const list = {
    summary: 'List a user’s sessions',
    params: UserParams,
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: Type.Array(SessionAnswer, { headers: NEXT_PAGE }) },
  };
  server.get('/admin/users/:id/sessions', { schema: list }, async (request, reply) => {
    const userId = await getUserId(request.params.id);
    const page = await readPage(reply, request.query, (after, limit) => sessions.findPage(db, userId, after, limit), PLACE_IN_TIME);
    return page.map((session) => formatSession(session, request.user.sid));
  });

  const ofUser = { summary: 'End a user’s sessions', params: UserParams, response: { 204: Type.Null() } };
  server.delete('/admin/users/:id/sessions', { schema: ofUser }, async (request, reply) => {
    const userId = await getUserId(request.params.id);
    await endSessionsOfUser(ports, userId, administratorOf(request));
    return reply.code(204).send(null);
  });

  const one = {
    summary: 'End one session of a user',
    params: Type.Object({ ...UserParams.properties, session_id: SessionId }),
    response: { 204: Type.Null() },
  };
  server.delete('/admin/users/:id/sessions/:session_id', { schema: one }, async (request, reply) => {
    const userId = parseUserId(request.params.id);
    const isEnded = await endSessionOfUser(ports, userId, request.params.session_id, administratorOf(request));
    if (!isEnded) throw new Problem('not_found', { detail: 'This user has no such session.' });
    return reply.code(204).send(null);
  });

  const all = { summary: 'End everybody’s sessions', description: 'Your own, too.', response: { 204: Type.Null() } };
  server.delete('/admin/sessions', { schema: all, config: { answerWithinMs: MANY_SESSIONS_TIMEOUT_MS } }, async (request, reply) => {
    await endAllSessions(ports, getPerson(request).sessionId, administratorOf(request));
    return reply.code(204).send(null);
  });
}
