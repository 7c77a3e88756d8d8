import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE } from '@countersign/tokens';
import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Looks itself, because @fastify/cookie keeps the first of two.
 *
 * @throws Problem `token_malformed` when two cookies have that name: a page of another host may have planted one
 */
export function findCookie(request: FastifyRequest, name: string): string | null {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (values.length > 1) throw new Problem('token_malformed', { detail: `There are two cookies of the name ${name}.` });
  return values[0] || null;
}

/** All three live as long as the refresh token, so that an expired access token still reaches `/logout`. */
export function setAccessCookies(reply: FastifyReply, accessToken: string, csrf: string, maxAgeSeconds: number): void {
  reply.setCookie(ACCESS_COOKIE, accessToken, { ...ALWAYS, maxAge: maxAgeSeconds, path: '/', httpOnly: true });
  reply.setCookie(CSRF_COOKIE, csrf, { ...ALWAYS, maxAge: maxAgeSeconds, path: '/' });
}

export function setRefreshCookie(reply: FastifyReply, refreshToken: string, maxAgeSeconds: number): void {
  reply.setCookie(REFRESH_COOKIE, refreshToken, { ...ALWAYS, maxAge: maxAgeSeconds, path: '/refresh', httpOnly: true });
}

export function clearCookies(reply: FastifyReply): void {
  setAccessCookies(reply, '', '', 0);
  setRefreshCookie(reply, '', 0);
}

const ALWAYS = { secure: true, sameSite: 'strict' } as const;
