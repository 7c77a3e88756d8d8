import type { Database } from '@countersign/service';
import type { AuditEventName } from '../audit.ts';

/** How the tokens of a session reach the client: in the body, or as cookies that a page's scripts can't read. */
export type Delivery = 'body' | 'cookie';

/** A session that is live, with all that its next tokens are made of, as of one statement of the database. */
export interface LiveSession {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  /** Generation of its current refresh token. */
  readonly generation: number;
  readonly delivery: Delivery;
  /** What was asked for at login; `null`: all that the user's roles give, whatever that is by now. */
  readonly scope: string | null;
  readonly roles: readonly string[];
  /** What those roles allow. */
  readonly allowedScopes: readonly string[];
  readonly authTime: number;
  /** Unix seconds with fractions: the nearer of the idle and the absolute end. */
  readonly endsAt: number;
  /** Unix seconds: no access token may have an earlier `iat`. */
  readonly accessNotBefore: number;
  /** Unix seconds with fractions, by the database's clock. */
  readonly now: number;
}

/** A session that has just begun. */
export interface BegunSession extends LiveSession {
  /** Its user had as many unended sessions before it as one may have. */
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

/** A line in the list of one's sessions. */
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
  /** The hash that the password was found to match. */
  readonly passwordHash: string;
  readonly session: NewSession;
  readonly life: SessionLife;
  /** For the audit log. */
  readonly event: AuditEventName;
  readonly requestId: string;
}

/** Sessions, but for what a refresh does to them: see `Rotations`. */
export interface Sessions {
  /** A new session, with its record in the audit log. `null`: the password has changed since, or the user is disabled or gone. */
  begin(beginning: Beginning): Promise<BegunSession | null>;
  /** Waits for every change of the session that is under way. `null`: it has ended. */
  findLive(db: Database, id: string): Promise<LiveSession | null>;
  /** Ends those that are live, and tells which these were. */
  end(tx: Database, which: SomeSessions, reason: EndReason): Promise<EndedSession[]>;
  /** Unix seconds with fractions, by the database's clock. */
  readClock(db: Database): Promise<number>;
  /**
   * If the user has more than `max` sessions that haven't ended, the `limit` of them that were not used for longest.
   * They and the user are locked until the transaction ends; those that somebody else holds are left out.
   */
  lockLeastUsed(tx: Database, userId: string, max: number, limit: number): Promise<string[]>;
  /** The `limit` of a user's sessions that were used last, the latest first. */
  list(db: Database, userId: string, limit: number): Promise<SessionSummary[]>;
  /** All of them in pages, the newest first. @param after - the place before the page; `null`: the first page */
  findPage(db: Database, userId: string, after: string | null, limit: number): Promise<(SessionSummary & { readonly place: string })[]>;
  /**
   * Ids of anybody's sessions in the order of the ids, beyond `after`. Those that have ended are among them: to look for the
   * live ones alone, the database would sort all that are left, for each page again.
   */
  findIds(db: Database, after: string, limit: number): Promise<string[]>;
  /** Ids of these users' sessions that haven't ended, in their order, beyond `after`. */
  findIdsOf(db: Database, userIds: readonly string[], after: string, limit: number): Promise<string[]>;
  /**
   * From now on no access token of these sessions has an `iat` before the next whole second of the database's clock, nor before the
   * second that an earlier call set: the clock may have been set back since.
   *
   * @returns that second for each
   */
  moveNotBefore(tx: Database, which: SomeSessions): Promise<{ readonly id: string; readonly before: number }[]>;
  /** Sets `authTime` to now: the password was just proved. `null`: the session has ended. */
  renewAuthTime(tx: Database, id: string): Promise<LiveSession | null>;
}

/** Those that match all that is given. Whose or which ones must be: nothing given would be everybody's. */
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
