import { Problem } from '@countersign/problems';
import type { Database, Server } from '@countersign/service';
import { Type } from 'typebox';
import type { Users } from '../domain/user.ts';
import { getPerson } from './person.ts';

export interface MeRouteOptions {
  readonly db: Database;
  readonly users: Users;
}

const Answer = Type.Object(
  { id: Type.String(), username: Type.String(), roles: Type.Array(Type.String()), scope: Type.String(), session_id: Type.String() },
  { additionalProperties: false },
);

/** `GET /me`: who one is, by the token that was sent. */
export async function meRoute(server: Server, { db, users }: MeRouteOptions): Promise<void> {
  server.get('/me', { schema: { response: { 200: Answer } } }, async (request, reply) => {
    const { userId, sessionId, claims } = getPerson(request);
    const profile = await users.findProfile(db, userId);
    if (profile === null) throw new Problem('token_revoked', { detail: 'This user is gone.' });
    reply.header('cache-control', 'no-store');
    return { ...profile, roles: [...(claims.roles ?? [])], scope: claims.scope ?? '', session_id: sessionId };
  });
}
