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
 * judged alone; a cookie beside an Authorization header counts for nothing.
 *
 * @throws Problem `token_malformed` for two Authorization headers, or two cookies of one name
 */
export function findPresentedToken(request: FastifyRequest, inBody: string | undefined, cookies: readonly string[]): PresentedToken | null {
  if (inBody !== undefined) return { token: inBody, from: 'body' };
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    if (hasSecondAuthorization(request)) throw new Problem('token_malformed', { detail: 'There must be one Authorization header.' });
    return BEARER.test(authorization) ? { token: authorization.slice('Bearer '.length), from: 'bearer' } : null;
  }
  const inCookie = cookies.map((name) => findCookie(request, name)).find((value) => value !== null);
  return inCookie === undefined ? null : { token: inCookie, from: 'cookie' };
}

/** The scheme in any case, and one blank; a second one would belong to the token and spoil its form. */
const BEARER = /^bearer(?: |$)/i;

/** Node keeps only the first of two; which one a proxy before us went by, nobody knows. */
function hasSecondAuthorization({ raw: { rawHeaders } }: FastifyRequest): boolean {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'authorization').length > 1;
}
