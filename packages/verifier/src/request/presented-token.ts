import type { IncomingMessage } from 'node:http';
import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE } from '@countersign/tokens';

/** Where a request carries its token. A browser sends cookies by itself, so a token from there must prove more. */
export interface PresentedToken {
  readonly from: 'header' | 'cookie';
  /** The whole `Authorization` header, or the token in the cookie. */
  readonly text: string;
}

/** A request that a test makes up, as injectWS of @fastify/websocket does, has no raw headers. */
type Headers = Pick<IncomingMessage, 'headers'> & Partial<Pick<IncomingMessage, 'rawHeaders'>>;

/**
 * The one token that a request presents (RFC 6750, section 2.1), or the refusal. A request with an `Authorization`
 * header is judged by that alone. Whether the token is well-formed is not checked here.
 */
export function findPresentedToken({ headers, rawHeaders = [] }: Headers): PresentedToken | Problem {
  const { authorization, cookie } = headers;
  if (authorization === undefined) return findCookieToken(cookie);
  if (hasSecondAuthorization(rawHeaders)) return malformed('There must be one Authorization header.');
  return { from: 'header', text: authorization };
}

/** The token in an `Authorization` header, or the refusal of another scheme. */
export function parseBearer(authorization: string): string | Problem {
  return findBearer(authorization) ?? new Problem('token_missing', { detail: 'The scheme of the Authorization header is not Bearer.' });
}

/** What an `Authorization` header has after the scheme Bearer, in any case; `null` for another scheme. */
export function findBearer(authorization: string): string | null {
  return BEARER.test(authorization) ? authorization.slice('Bearer '.length) : null;
}

/** What follows one space is the token: a second space belongs to it and makes it malformed. */
const BEARER = /^bearer(?: |$)/i;

/** Node keeps only the first of two; there is no telling which one a proxy in front of us went by. */
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
 * The value of a cookie in a `Cookie` header; `null` when it isn't there or is empty. Two of one name are
 * `token_malformed`: a page of another host may have planted one. What stands between two cookies is blanks and tabs: another host
 * may set `__Host-…` behind a blank of Unicode, where a browser sees no prefix, and `trim()` would make it that cookie.
 */
export function findOneCookie(header: string | undefined, name: string): string | null | Problem {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+/, ''))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length > 1 ? malformed(`There must be one cookie ${name}.`) : values[0] || null;
}

function malformed(detail: string): Problem {
  return new Problem('token_malformed', { detail });
}
