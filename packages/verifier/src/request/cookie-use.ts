import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { notForCookie, Problem } from '@countersign/problems';
import { type AccessTokenClaims, CSRF_COOKIE, CSRF_HEADER, SAFE_METHODS } from '@countersign/tokens';

/**
 * A browser sends its cookies no matter which site caused the request. So a token in a cookie must have been issued for a
 * cookie, and a request that changes something must prove that our own page sent it; `null` when both hold.
 */
export function judgeCookieUse(
  claims: AccessTokenClaims,
  method: string,
  headers: IncomingHttpHeaders,
  corsOrigins: readonly string[],
): Problem | null {
  if (claims.csrf === undefined) return notForCookie();
  return SAFE_METHODS.includes(method) ? null : judgeCsrf(claims.csrf, headers, corsOrigins);
}

/** `null` when the request proves that our own page sent it: it repeats the token's `csrf`, and no page of another site sent it. */
export function judgeCsrf(csrf: string, headers: IncomingHttpHeaders, corsOrigins: readonly string[]): Problem | null {
  if (!isEqual(headers[CSRF_HEADER], csrf))
    return new Problem('csrf_failed', { detail: `X-CSRF-Token must equal the cookie ${CSRF_COOKIE}.` });
  return judgeFetchSite(headers, corsOrigins);
}

/** Fetch Metadata: `csrf_failed` when the browser says that a page of another site sent the request. */
export function judgeFetchSite(headers: IncomingHttpHeaders, corsOrigins: readonly string[]): Problem | null {
  return isFromOwnPage(headers, corsOrigins) ? null : new Problem('csrf_failed', { detail: 'The request came from another site.' });
}

/** Takes the same time no matter where the two differ. */
function isEqual(presented: string | string[] | undefined, expected: string): boolean {
  if (typeof presented !== 'string') return false;
  const [a, b] = [Buffer.from(presented), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A browser too old to send `Sec-Fetch-Site` is held to the CSRF token alone. */
function isFromOwnPage(headers: IncomingHttpHeaders, corsOrigins: readonly string[]): boolean {
  switch (headers['sec-fetch-site']) {
    case undefined:
    case 'same-origin':
    case 'none':
      return true;
    case 'same-site':
      return headers.origin !== undefined && corsOrigins.includes(headers.origin);
    default:
      return false;
  }
}
