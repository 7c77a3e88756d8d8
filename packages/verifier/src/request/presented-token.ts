import type { IncomingMessage } from 'node:http';
import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE } from '@countersign/tokens';

/** A token and where the request carries it. A browser sends cookies by itself, so a token from one must prove more. */
export interface PresentedToken {
  readonly from: 'header' | 'cookie';
  /** The whole `Authorization` header, or the token in the cookie. */
  readonly text: string;
}

/** A made-up request, such as that of `injectWS` of @fastify/websocket, has no raw headers. */
type Headers = Pick<IncomingMessage, 'headers'> & Partial<Pick<IncomingMessage, 'rawHeaders'>>;

/**
 * The one token that a request presents (RFC 6750, section 2.1), or the refusal. A request with an `Authorization`
 * header is judged by that alone. Whether the token is well-formed is not checked here.
 */
export function findPresentedToken({ headers, rawHeaders = [] }: Headers): PresentedToken | Problem {
  const { authorization, cookie } = headers;
  if (authorization === undefined) return findCookieToken(cookie);
  if (hasSecondAuthorization(rawHeaders)) return malformed('The Authorization header may be sent only once.');
  return { from: 'header', text: authorization };
}

export function parseBearer(authorization: string): string | Problem {
  return findBearer(authorization) ?? new Problem('token_missing', { detail: 'The scheme of the Authorization header is not Bearer.' });
}

/** What follows the scheme Bearer, in any case, in an `Authorization` header; `null` for another scheme. */
export function findBearer(authorization: string): string | null {
  return BEARER.test(authorization) ? authorization.slice('Bearer '.length) : null;
}

/** Only one space separates scheme and token: a second one belongs to the token and makes it malformed. */
const BEARER = /^bearer(?: |$)/i;

/** Node keeps only the first of two, and a proxy in front of us may have gone by the second. */
function hasSecondAuthorization(rawHeaders: readonly string[]): boolean {
  let seen = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== 'authorization'.length || name.toLowerCase() !== 'authorization') continue;
    if (seen) return true;
    seen = true;
  }
  return false;
}

function findCookieToken(header: string | undefined): PresentedToken | Problem {
  const token = findOneCookie(header, ACCESS_COOKIE) ?? new Problem('token_missing');
  return token instanceof Problem ? token : { from: 'cookie', text: token };
}

/**
 * The value of a cookie in a `Cookie` header; `null` when it isn't there or is empty. Two of one name are `token_malformed`: a page of
 * another host may have planted one. Only blanks and tabs are stripped from a name: another host may set `__Host-…` with a Unicode blank
 * before it, where a browser sees no prefix, and `trim()` would make it that cookie.
 */
export function findOneCookie(header: string | undefined, name: string): string | null | Problem {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+/, ''))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length > 1 ? malformed(`The cookie ${name} may be sent only once.`) : values[0] || null;
}

function malformed(detail: string): Problem {
  return new Problem('token_malformed', { detail });
}
