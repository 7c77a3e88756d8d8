import type { Database } from '@countersign/service';
import type { AuditEventName } from '../audit.ts';

/** How the tokens of a session reach the client: in the body, or as cookies that a page's scripts can't read. */
export type Delivery = 'body' | 'cookie';

/** A live session as one statement read it, with all that its next tokens are made of. */
export interface LiveSession {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly generation: number;
  readonly delivery: Delivery;
  /** The scope that was asked for at login; `null`: all that the user's roles give at the time. */
  readonly scope: string | null;
  readonly roles: readonly string[];
  readonly allowedScopes: readonly string[];
  readonly authTime: number;
  /** Unix seconds with fractions: the nearer of the idle and the absolute end. */
  readonly endsAt: number;
  /** Unix seconds: no access token may have an earlier `iat`. */
  readonly accessNotBefore: number;
  /** Unix seconds with fractions, by the database's clock. */
  readonly now: number;
}

export interface BegunSession extends LiveSession {
  /** The user already had the maximum number of sessions that haven't ended. */
  readonly crowded: boolean;
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly seedDigest: Buffer;
  readonly delivery: Delivery;
  readonly scope: string | null;
  readonly ip: string;
  readonly userAgent: string | null;
}

export interface SessionLife {
  readonly idleSeconds: number;
  readonly maxSeconds: number;
}

export interface SessionSummary {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly userAgent: string | null;
  readonly ip: string | null;
}

/** Why a session ended; goes into its row. */
export type EndReason = 'logout' | 'reuse' | 'deleted' | 'password_changed' | 'password_reset' | 'admin' | 'crowded' | 'unanswered';

export interface Beginning {
  /** The hash that the password matched. */
  readonly passwordHash: string;
  readonly session: NewSession;
  readonly life: SessionLife;
  readonly event: AuditEventName;
  readonly requestId: string;
}

/** Sessions, except for what a refresh does to them: see `Rotations`. */
export interface Sessions {
  /** Begins a session and records it in the audit log. `null`: the password has changed since, or the user is disabled or gone. */
  begin(beginning: Beginning): Promise<BegunSession | null>;
  /** Waits for pending changes of the session. `null` when it is no longer live. */
  findLive(db: Database, id: string): Promise<LiveSession | null>;
  /** Ends those that haven't ended yet, and returns them. */
  end(tx: Database, which: SomeSessions, reason: EndReason): Promise<EndedSession[]>;
  /** Unix seconds with fractions, by the database's clock. */
  readClock(db: Database): Promise<number>;
  /**
   * If the user has more than `max` sessions that haven't ended, the `limit` least recently used ones. Locks them and the user until the
   * transaction ends; sessions that somebody else holds are skipped.
   */
  lockLeastUsed(tx: Database, userId: string, max: number, limit: number): Promise<string[]>;
  /** The `limit` most recently used sessions of a user, the latest first. */
  list(db: Database, userId: string, limit: number): Promise<SessionSummary[]>;
  /** All of them in pages, the newest first. @param after - the place before the page; `null`: the first page */
  findPage(db: Database, userId: string, after: string | null, limit: number): Promise<(SessionSummary & { readonly place: string })[]>;
  /**
   * Ids of anybody's sessions beyond `after`, in ascending order. Includes ended ones: to find the live ones alone, the database would sort
   * all that are left, again for each page.
   */
  findIds(db: Database, after: string, limit: number): Promise<string[]>;
  /** Ids of these users' sessions that haven't ended, beyond `after`, in ascending order. */
  findIdsOf(db: Database, userIds: readonly string[], after: string, limit: number): Promise<string[]>;
  /**
   * From now on no access token of these sessions has an `iat` before the next whole second of the database's clock, nor before what an
   * earlier call set, since the clock may have been set back.
   *
   * @returns that second for each
   */
  moveNotBefore(tx: Database, which: SomeSessions): Promise<{ readonly id: string; readonly before: number }[]>;
  /** Sets `authTime` to now, after the password was proved. `null` when the session is no longer live. */
  renewAuthTime(tx: Database, id: string): Promise<LiveSession | null>;
}

/** Those that match every given field. One of `userId`, `id` and `ids` is required: nothing given would be everybody's sessions. */
export type SomeSessions = SessionFilter & ({ readonly userId: string } | { readonly id: string } | { readonly ids: readonly string[] });

interface SessionFilter {
  readonly userId?: string;
  readonly id?: string;
  readonly ids?: readonly string[];
  readonly exceptId?: string;
  /** Only those whose life isn't over, as a list shows them. */
  readonly inLife?: true;
}

export interface EndedSession {
  readonly id: string;
  readonly userId: string;
  /** Unix seconds with fractions. */
  readonly endedAt: number;
}
