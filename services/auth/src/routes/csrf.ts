import { timingSafeEqual } from 'node:crypto';
import { Problem } from '@countersign/problems';
import { CSRF_HEADER } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';

/**
 * Holds a request that is judged by a cookie to come from our own page: the header must repeat the token's `csrf`, and
 * the browser must not name another site as the origin.
 *
 * @throws Problem `csrf_failed`
 */
export function checkCsrf(request: FastifyRequest, csrf: string, corsOrigins: readonly string[]): void {
  checkFetchSite(request, corsOrigins);
  const presented = request.headers[CSRF_HEADER];
  if (typeof presented !== 'string' || !equal(presented, csrf)) {
    throw new Problem('csrf_failed', { detail: 'X-CSRF-Token must repeat the value of the csrf cookie.' });
  }
}

/** @throws Problem `csrf_failed` */
export function checkFetchSite(request: FastifyRequest, corsOrigins: readonly string[]): void {
  if (isFromOtherSite(request, corsOrigins)) {
    throw new Problem('csrf_failed', { detail: 'Sec-Fetch-Site says that another site sent the request.' });
  }
}

/** Fetch Metadata: browsers that don't send it, and clients that aren't browsers, are not from another site. */
export function isFromOtherSite({ headers }: FastifyRequest, corsOrigins: readonly string[]): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return !(site === 'same-site' && headers.origin !== undefined && corsOrigins.includes(headers.origin));
}

function equal(presented: string, expected: string): boolean {
  const [a, b] = [Buffer.from(presented), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
