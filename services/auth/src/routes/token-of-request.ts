import { Problem } from '@countersign/problems';
import { findBearer, findOneCookie } from '@countersign/verifier/parts';
import type { FastifyRequest } from 'fastify';

export interface TokenOfRequest {
  readonly token: string;
  readonly from: 'body' | 'header' | 'cookie';
}

/**
 * The token that a request is about: the one in its body, else its Bearer token, else its cookie. Only the first of these is judged; a
 * cookie beside an Authorization header is ignored.
 *
 * @throws Problem `token_malformed` for two cookies of one name
 */
export function findTokenOfRequest(request: FastifyRequest, inBody: string | undefined, cookies: readonly string[]): TokenOfRequest | null {
  if (inBody !== undefined) return { token: inBody, from: 'body' };
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const bearer = findBearer(authorization);
    return bearer === null ? null : { token: bearer, from: 'header' };
  }
  const inCookie = cookies.map((name) => findCookie(request, name)).find((value) => value !== null);
  return inCookie === undefined ? null : { token: inCookie, from: 'cookie' };
}

/** @throws Problem `token_malformed` for two cookies of that name, of which @fastify/cookie would keep the first */
function findCookie({ headers }: FastifyRequest, name: string): string | null {
  const value = findOneCookie(headers.cookie, name);
  if (value instanceof Problem) throw value;
  return value;
}
