import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { Guard } from '@countersign/verifier';
import type {} from '@fastify/jwt';
import type { FastifyRequest } from 'fastify';
import { guardRoutes } from './guard-routes.ts';

export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  readonly claims: AccessTokenClaims;
}

/** Restricts every route of this scope to people with a session of their own. */
export function requirePerson(server: Server): void {
  guardRoutes(server, () => [requireOwnSession]);
}

/**
 * The person whose own session sends the request.
 *
 * @throws Problem `forbidden` for a client's own token, and for one by which a service acts for a user
 */
export function getPerson({ user: claims }: Pick<FastifyRequest, 'user'>): Person {
  if (claims.sid === undefined || claims.act !== undefined) {
    throw new Problem('forbidden', {
      detail: 'This is only for users with a session of their own, not for clients or services acting for a user.',
    });
  }
  return { userId: claims.sub, sessionId: claims.sid, claims };
}

/** Refuses a service that acts for a person, and a client, whose tokens have no session. */
export const requireOwnSession: Guard = Object.assign(
  (request: Pick<FastifyRequest, 'user'>, _reply: unknown, done: () => void) => {
    getPerson(request);
    done();
  },
  { refusals: ['forbidden'] as const },
);
