import { judgeCsrf, judgeFetchSite } from '@countersign/verifier/parts';
import type { FastifyRequest } from 'fastify';
import type { CookieUse } from '../domain/sessions/csrf.ts';
import type { TokenOfRequest } from './token-of-request.ts';

/**
 * Holds a request that is judged by a cookie to come from our own page, by the rules of every other service.
 *
 * @throws Problem `csrf_failed`
 */
export function checkCsrf({ headers }: FastifyRequest, csrf: string, corsOrigins: readonly string[]): void {
  const refusal = judgeCsrf(csrf, headers, corsOrigins);
  if (refusal !== null) throw refusal;
}

/** How the cookie of a request may be used, where that is what carries its token. */
export function cookieUseOf(request: FastifyRequest, { from }: TokenOfRequest, corsOrigins: readonly string[]): CookieUse | null {
  return from === 'cookie' ? { checkCsrf: (csrf) => checkCsrf(request, csrf, corsOrigins) } : null;
}

/** @throws Problem `csrf_failed` when a page of another site sent the request */
export function checkFetchSite({ headers }: FastifyRequest, corsOrigins: readonly string[]): void {
  const refusal = judgeFetchSite(headers, corsOrigins);
  if (refusal !== null) throw refusal;
}
