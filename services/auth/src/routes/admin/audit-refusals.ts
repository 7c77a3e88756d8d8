import type { Database, Server } from '@countersign/service';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { Audit } from '../../domain/audit.ts';
import { ADMIN_ROLE } from '../../domain/people/user.ts';
import { administratorOf } from './administration.ts';

/** 403: `insufficient_scope` and `forbidden`. 409: `conflict`, as for the last administrator. */
const REFUSALS = [403, 409];

/**
 * Records, after the answer, what administrators were refused. Refusals of others are only logged: the audit log is never cleaned up, and
 * anybody with an account could fill it.
 */
export function auditRefusals(server: Server, { db, audit }: { readonly db: Database; readonly audit: Audit }): void {
  server.addHook('onResponse', async (request, { statusCode: status }) => {
    const claims: AccessTokenClaims | null = request.user;
    if (!REFUSALS.includes(status) || !claims?.roles?.includes(ADMIN_ROLE)) return;
    const details = { method: request.method, path: request.url.split('?')[0], status };
    await audit
      .record(db, { ...administratorOf(request), event: 'admin_refused', subject: null, details })
      .catch((error: unknown) => request.log.warn({ err: error }, 'a refusal could not be recorded in the audit log'));
  });
}
