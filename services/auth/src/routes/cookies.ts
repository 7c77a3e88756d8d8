import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE } from '@countersign/tokens';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** @throws Problem `token_malformed` when two cookies have that name: a page of another host may have planted one */
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
  setCookie(reply, ACCESS_COOKIE, accessToken, `Max-Age=${maxAgeSeconds}; Path=/; HttpOnly`);
  setCookie(reply, CSRF_COOKIE, csrf, `Max-Age=${maxAgeSeconds}; Path=/`);
}

export function setRefreshCookie(reply: FastifyReply, refreshToken: string, maxAgeSeconds: number): void {
  setCookie(reply, REFRESH_COOKIE, refreshToken, `Max-Age=${maxAgeSeconds}; Path=/refresh; HttpOnly`);
}

export function clearCookies(reply: FastifyReply): void {
  setAccessCookies(reply, '', '', 0);
  setRefreshCookie(reply, '', 0);
}

/** Values are base64url, base62 and dots: nothing to escape. */
function setCookie(reply: FastifyReply, name: string, value: string, attributes: string): void {
  reply.header('set-cookie', `${name}=${value}; ${attributes}; Secure; SameSite=Strict`);
}
