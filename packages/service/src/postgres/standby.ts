import type { Sql } from 'postgres';
import { DatabaseUnavailable } from './database-unavailable.ts';

/** postgres.js refuses a standby without saying why. */
export function explainStandby(error: unknown, client: Sql): unknown {
  const isRefusal =
    (error as { readonly code?: unknown } | null)?.code === 'CONNECTION_DESTROYED' && client.parameters.in_hot_standby === 'on';
  return isRefusal ? new DatabaseUnavailable('The database server is a standby, which accepts no writes.') : error;
}
