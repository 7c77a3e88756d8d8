import { judgeCsrf, judgeFetchSite } from '@countersign/verifier/parts';
import type { FastifyRequest } from 'fastify';
import type { CookieUse } from '../domain/sessions/csrf.ts';
import type { TokenOfRequest } from './token-of-request.ts';

/** How the cookie may be used, if the token came in one: only from our own page, by the same CSRF rules as at every other service. */
export function cookieUseOf({ headers }: FastifyRequest, { from }: TokenOfRequest, corsOrigins: readonly string[]): CookieUse | null {
  if (from !== 'cookie') return null;
  return {
    checkCsrf(csrf) {
      const refusal = judgeCsrf(csrf, headers, corsOrigins);
      if (refusal !== null) throw refusal;
    },
  };
}

/** @throws Problem `csrf_failed` when a page of another site sent the request */
export function checkFetchSite({ headers }: FastifyRequest, corsOrigins: readonly string[]): void {
  const refusal = judgeFetchSite(headers, corsOrigins);
  if (refusal !== null) throw refusal;
}
