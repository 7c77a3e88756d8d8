import { Problem } from '@countersign/problems';
import type { Database, Server } from '@countersign/service';
import { Type } from 'typebox';
import type { Users } from '../../domain/people/user.ts';
import { GrantedScope, Roles, SessionId, UserId, Username } from '../fields.schema.ts';
import { getPerson } from '../person.ts';

export interface MeRouteOptions {
  readonly ports: { readonly db: Database; readonly users: Users };
}

const Answer = Type.Object(
  { id: UserId, username: Username, roles: Roles, scope: GrantedScope, session_id: SessionId },
  { additionalProperties: false },
);

export async function meRoute(server: Server, { ports }: MeRouteOptions): Promise<void> {
  const schema = {
    summary: 'Show the current user',
    description: 'The user and the session of the access token that was sent.',
    response: { 200: Answer },
  };
  server.get('/me', { schema }, async (request) => {
    const { userId, sessionId, claims } = getPerson(request);
    const profile = await ports.users.findProfile(ports.db, userId);
    if (profile === null) throw new Problem('token_revoked', { detail: 'This user no longer exists.' });
    return { ...profile, roles: [...(claims.roles ?? [])], scope: claims.scope ?? '', session_id: sessionId };
  });
}
