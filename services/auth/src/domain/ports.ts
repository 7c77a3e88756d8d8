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

/** The durable blocklist. Called inside the transaction that revokes, so that neither happens without the other. */
export interface Revocations {
  revoke(tx: Database, ...entries: readonly RevocationEntry[]): Promise<void>;
  /** An entry with its record in the audit log, in a statement that those share which are asked for at the same time. */
  revokeAndRecord(entry: RevocationEntry, event: Omit<AuditEvent, 'details'>): Promise<void>;
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

/** Append-only: who did what to whom, from where, when. Never a secret. */
export interface Audit {
  record(tx: Database, event: AuditEvent): Promise<void>;
  /** To be told of an event that was recorded by the statement that did what it tells of. */
  recorded(event: AuditEvent['event']): void;
}
