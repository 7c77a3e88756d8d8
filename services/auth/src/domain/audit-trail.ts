import type { Database } from '@countersign/service';
import type { AuditEvent } from './ports.ts';

/** An event as the audit log has kept it. */
export interface AuditRecord extends Omit<AuditEvent, 'details'> {
  readonly id: number;
  readonly at: Date;
  readonly details: Readonly<Record<string, unknown>> | null;
}

/** Those that match all that is given. */
export interface AuditFilter {
  readonly event?: string | undefined;
  readonly actor?: string | undefined;
  /** From this moment on. */
  readonly since?: Date | undefined;
  /** Before this moment. */
  readonly until?: Date | undefined;
}

/** The audit log to read, the newest first. */
export interface AuditTrail {
  hasHappened(db: Database, event: string, subject: string): Promise<boolean>;
  /** @param after - the place before the page; `null`: the first page */
  findPage(db: Database, filter: AuditFilter, after: string | null, limit: number): Promise<(AuditRecord & { readonly place: string })[]>;
}
