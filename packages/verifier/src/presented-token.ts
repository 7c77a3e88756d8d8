import type { IncomingMessage } from 'node:http';
import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE } from '@countersign/tokens';

type Headers = Pick<IncomingMessage, 'headers' | 'rawHeaders'>;

const missing = () => new Problem('token_missing');
const malformed = (detail: string) => new Problem('token_malformed', { detail });

/** `Bearer`, in any case, and the blank (RFC 6750, section 2.1; RFC 9110, section 11.1). */
const BEARER = 'bearer ';
/** `b64token` of RFC 6750. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** The token in `Authorization`; `null` when there is no such header, and then a cookie may speak. */
export function findBearerToken(request: Headers): string | Problem | null {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  if (hasSecondAuthorization(request.rawHeaders)) return malformed('There must be one Authorization header.');
  const scheme = authorization.slice(0, BEARER.length).toLowerCase();
  if (scheme !== BEARER) return scheme === 'bearer' ? malformed('No token follows Bearer.') : missing();
  const token = authorization.slice(BEARER.length);
  return TOKEN.test(token) ? token : malformed('One token must follow Bearer and a single blank.');
}

/** Node keeps only the first of two; which one a proxy before us went by, nobody knows. */
function hasSecondAuthorization(rawHeaders: readonly string[]): boolean {
  let seen = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (seen) return true;
    seen = true;
  }
  return false;
}

/** The token in the cookie `__Host-access`, or why there is none. */
export function findCookieToken(request: Headers): string | Problem {
  const values = cookieValues(request.headers.cookie ?? '', ACCESS_COOKIE);
  if (values.length > 1) return malformed(`There must be one cookie ${ACCESS_COOKIE}.`);
  return values[0] || missing();
}

function cookieValues(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
