import { Problem } from '@countersign/problems';
import type { AccessTokenClaims } from '@countersign/tokens';
import type {} from '@fastify/jwt';
import type { FastifyRequest } from 'fastify';

export interface Person {
  readonly userId: string;
  readonly sessionId: string;
  readonly claims: AccessTokenClaims;
}

/**
 * The person whose own session sends the request.
 *
 * @throws Problem `forbidden` for a client's own token, and for one by which a service acts for a user
 */
export function getPerson({ user: claims }: FastifyRequest): Person {
  if (claims.sid === undefined || claims.act !== undefined) {
    throw new Problem('forbidden', { detail: 'This is for people with a session of their own.' });
  }
  return { userId: claims.sub, sessionId: claims.sid, claims };
}
