import type { Database } from '@countersign/service';
import type { RevocationEntry } from '@countersign/tokens';
import type { PlainAuditEvent } from '../audit.ts';

/** The durable blocklist. An entry is never written alone, but in the transaction that asks for it or with its record in the audit log. */
export interface Revocations {
  revoke(tx: Database, ...entries: readonly RevocationEntry[]): Promise<void>;
  /**
   * An entry and its record in the audit log. Calls at the same time share a statement; when it fails, it fails for all of them.
   *
   * @returns `false`: it was revoked already, and nothing is written
   */
  revokeAndRecord(entry: RevocationEntry, event: PlainAuditEvent): Promise<boolean>;
}

/** The way from the blocklist to the verifiers. */
export interface RevocationFeed {
  /**
   * Sends pending entries. Call after the commit; waits a bounded time and never throws. Anything unsent is retried.
   *
   * @returns whether they are in Redis now, as far as is known
   */
  flush(): Promise<boolean>;
}
