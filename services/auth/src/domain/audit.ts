import type { Database } from '@countersign/service';

/** All audit events. The names are stable: operators filter by them and alert on them. */
export const AUDIT_EVENTS = [
  'login',
  'login_failed',
  'logout',
  'session_ended',
  'sessions_ended',
  'refresh_reused',
  'token_revoked',
  'reauthenticated',
  'password_proof_failed',
  'password_changed',
  'password_reset',
  'password_reset_issued',
  'user_registered',
  'user_created',
  'user_roles_changed',
  'user_disabled',
  'user_enabled',
  'user_deleted',
  'users_imported',
  'role_created',
  'role_changed',
  'role_deleted',
  'client_created',
  'client_changed',
  'client_deleted',
  'client_secret_created',
  'client_tokens_ended',
  'keys_rotated',
  'key_killed',
  'admin_refused',
] as const;

export type AuditEventName = (typeof AUDIT_EVENTS)[number];

export interface AuditEvent {
  readonly event: AuditEventName;
  /** Who did it: a user's or client's id, or `null` when that isn't known. */
  readonly actor: string | null;
  /** Whom or what it concerns: an id, or a role's name. */
  readonly subject: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly ip: string | null;
  readonly requestId: string | null;
}

export type PlainAuditEvent = Omit<AuditEvent, 'details'>;

/** Called for an event that the changing statement recorded itself, without `Audit`. */
export type EventRecorded = (event: AuditEventName) => void;

/** Append-only: who did what to whom, from where, when. Never a secret. */
export interface Audit {
  record(tx: Database, ...events: readonly AuditEvent[]): Promise<void>;
}

/** An event as read back from the audit log; its name may come from an earlier version. */
export interface AuditRecord extends Omit<AuditEvent, 'event' | 'details'> {
  readonly event: string;
  readonly id: number;
  readonly at: Date;
  readonly details: Readonly<Record<string, unknown>> | null;
  /** The current name of that user or client; `null` if it no longer exists, or if the id names something else. */
  readonly actorName: string | null;
  readonly subjectName: string | null;
}

export interface AuditFilter {
  readonly event?: string | undefined;
  readonly actor?: string | undefined;
  /** Inclusive. */
  readonly since?: Date | undefined;
  /** Exclusive. */
  readonly until?: Date | undefined;
}

/** Reads the audit log, newest first. */
export interface AuditTrail {
  hasHappened(db: Database, event: AuditEventName, subject: string): Promise<boolean>;
  /** @param after - the place before the page; `null`: the first page */
  findPage(db: Database, filter: AuditFilter, after: string | null, limit: number): Promise<(AuditRecord & { readonly place: string })[]>;
}
