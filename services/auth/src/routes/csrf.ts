import { judgeCsrf, judgeFetchSite } from '@countersign/verifier';
import type { FastifyRequest } from 'fastify';

/**
 * Holds a request that is judged by a cookie to come from our own page, by the rules of every other service.
 *
 * @throws Problem `csrf_failed`
 */
export function checkCsrf({ headers }: FastifyRequest, csrf: string, corsOrigins: readonly string[]): void {
  const refusal = judgeCsrf(csrf, headers, corsOrigins);
  if (refusal !== null) throw refusal;
}

/** @throws Problem `csrf_failed` when a page of another site sent the request */
export function checkFetchSite({ headers }: FastifyRequest, corsOrigins: readonly string[]): void {
  const refusal = judgeFetchSite(headers, corsOrigins);
  if (refusal !== null) throw refusal;
}
