import type { Database } from '@countersign/service';
import type { RevocationEntry } from '@countersign/tokens';
import type { PlainAuditEvent } from '../audit.ts';

/** The durable blocklist. An entry is written only in the transaction that asks for it, or together with its audit record. */
export interface Revocations {
  revoke(tx: Database, ...entries: readonly RevocationEntry[]): Promise<void>;
  /**
   * Writes an entry and its audit record. Concurrent calls share a statement; when it fails, it fails for all of them.
   *
   * @returns `false` when it was revoked already; nothing is written
   */
  revokeAndRecord(entry: RevocationEntry, event: PlainAuditEvent): Promise<boolean>;
}

/** The way from the blocklist to the verifiers. */
export interface RevocationFeed {
  /**
   * Sends pending entries. Call after the commit; waits a bounded time and never throws. Unsent entries are retried.
   *
   * @returns whether they are known to be in Redis
   */
  flush(): Promise<boolean>;
}
