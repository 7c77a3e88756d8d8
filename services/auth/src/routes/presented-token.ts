import { Problem } from '@countersign/problems';
import type { FastifyRequest } from 'fastify';
import { findCookie } from './cookies.ts';

/** A token as a request carries it. */
export interface PresentedToken {
  readonly token: string;
  readonly from: 'body' | 'bearer' | 'cookie';
}

/**
 * The token that a request is about: the one in its body, else its Bearer token, else its cookie. What comes first is
 * judged alone; a cookie beside it counts for nothing.
 *
 * @throws Problem `token_malformed`
 */
export function findPresentedToken(request: FastifyRequest, inBody: string | undefined, cookies: readonly string[]): PresentedToken | null {
  if (inBody !== undefined) return { token: inBody, from: 'body' };
  const bearer = findBearer(request);
  if (bearer !== null) return { token: bearer, from: 'bearer' };
  const inCookie = cookies.map((name) => findCookie(request, name)).find((value) => value !== null);
  return inCookie === undefined ? null : { token: inCookie, from: 'cookie' };
}

function findBearer({ headers: { authorization } }: FastifyRequest): string | null {
  if (authorization === undefined) return null;
  const [, token] = /^Bearer +([^\s]+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw new Problem('token_malformed', { detail: 'Authorization must be Bearer and one token.' });
  return token;
}
