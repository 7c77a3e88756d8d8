import { ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE } from '@countersign/tokens';
import type {} from '@fastify/cookie';
import type { FastifyReply } from 'fastify';

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
