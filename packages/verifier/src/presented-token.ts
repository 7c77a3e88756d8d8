import type { IncomingMessage } from 'node:http';
import { Problem } from '@countersign/problems';
import { ACCESS_COOKIE } from '@countersign/tokens';

/** Where a token was found. A browser sends its cookie unasked, so a token from there must prove more. */
export interface PresentedToken {
  readonly token: string;
  readonly from: 'header' | 'cookie';
}

type Headers = Pick<IncomingMessage, 'headers' | 'rawHeaders'>;

/**
 * The one token that a request presents (RFC 6750, section 2.1), or the refusal. A request with an `Authorization`
 * header is judged by that alone. Whether the token has the form of one is not looked at here.
 */
export function findPresentedToken({ headers, rawHeaders }: Headers): PresentedToken | Problem {
  const { authorization, cookie } = headers;
  if (authorization === undefined) return findCookieToken(cookie ?? '');
  if (hasSecondAuthorization(rawHeaders)) return malformed('There must be one Authorization header.');
  if (BEARER.test(authorization)) return { token: authorization.slice('Bearer '.length), from: 'header' };
  return new Problem('token_missing', { detail: 'The Authorization header has another scheme than Bearer.' });
}

/** The scheme, in any case. What follows one blank is the token: a second blank belongs to it, and spoils its form. */
const BEARER = /^bearer(?: |$)/i;

/** Node keeps only the first of two; which one a proxy before us went by, nobody knows. */
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

function findCookieToken(header: string): PresentedToken | Problem {
  const tokens = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${ACCESS_COOKIE}=`))
    .map((pair) => pair.slice(ACCESS_COOKIE.length + 1));
  if (tokens.length > 1) return malformed(`There must be one cookie ${ACCESS_COOKIE}.`);
  return tokens[0] === undefined || tokens[0] === '' ? new Problem('token_missing') : { token: tokens[0], from: 'cookie' };
}

function malformed(detail: string): Problem {
  return new Problem('token_malformed', { detail });
}
