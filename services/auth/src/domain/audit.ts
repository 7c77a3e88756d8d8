import type { Database } from '@countersign/service';

export interface AuditEvent {
  /** A stable name, e.g. `login`, `login_failed`, `refresh_reused`. */
  readonly event: string;
  /** Who did it: a user's or client's id, or `null` when that isn't known. */
  readonly actor: string | null;
  /** To whom or what. */
  readonly subject: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly ip: string | null;
  readonly requestId: string | null;
}

export type PlainAuditEvent = Omit<AuditEvent, 'details'>;

/** Told of an event that was recorded by the same statement that made the change. */
export type EventRecorded = (event: string) => void;

/** Append-only: who did what to whom, from where, when. Never a secret. */
export interface Audit {
  record(tx: Database, event: AuditEvent): Promise<void>;
}

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
