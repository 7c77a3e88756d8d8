import type { Database } from '@countersign/service';
import type { AccessTokenClaims, RevocationEntry } from '@countersign/tokens';

/** The key that signs now. */
export interface Signer {
  readonly kid: string;
  sign(claims: AccessTokenClaims): string;
}

/** Auth's own signing keys. What verifies its tokens inside auth comes from the same place. */
export interface SigningKeys {
  current(): Signer | Promise<Signer>;
}

/** Where something is told to operators: pino's own, or a test's. */
export type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;

/** The durable blocklist. No entry without what it is for: it is written in the caller's transaction, or together with its record. */
export interface Revocations {
  revoke(tx: Database, ...entries: readonly RevocationEntry[]): Promise<void>;
  /** An entry and its record in the audit log. Those that are asked for at the same time share a statement; when it fails, it fails for all of them. @returns `false`: it was revoked already, and nothing is written */
  revokeAndRecord(entry: RevocationEntry, event: PlainAuditEvent): Promise<boolean>;
}

/** The way from the blocklist to the verifiers. */
export interface RevocationFeed {
  /** Sends pending entries. Call after the commit; waits a bounded time and never throws. Anything unsent is retried. */
  flush(): Promise<void>;
}

/** Where a call came from, for the audit log and the list of sessions. */
export interface Caller {
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
}

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
