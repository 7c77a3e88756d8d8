import type { Database } from '@countersign/service';
import type { SessionState } from './judge-refresh.ts';
import type { LiveSession, SessionLife } from './session.ts';

/** The refresh token that is presented, as the database can check it. */
export interface PresentedRefreshToken {
  readonly sessionId: string;
  readonly generation: number;
  readonly seedDigest: Buffer;
}

/** A refreshed session; unless rotation is off, it has moved on to its next token. */
export interface RotatedSession extends LiveSession {
  /** When the presented token became the current one; `null` if it was the first. */
  readonly presentedSince: Date | null;
}

/** A session under its lock, live or not, with the state that refresh tokens are judged by. */
export interface LockedSession {
  readonly state: SessionState;
  readonly session: LiveSession;
  readonly now: Date;
}

export interface Rotations {
  /**
   * Refreshes a session by its current token, under the conditions of `judgeRefresh`. `null` when they don't hold or another transaction
   * holds the session: judge it under its lock.
   *
   * @param rotation - `false`: the token stays the current one
   */
  rotate(db: Database, token: PresentedRefreshToken, life: SessionLife, rotation: boolean): Promise<RotatedSession | null>;
  /** Locks the session until the transaction ends, and reads what is needed to judge it. */
  lock(tx: Database, token: PresentedRefreshToken): Promise<LockedSession | null>;
  /** Makes the token the current one of its session, whatever its generation. */
  makeCurrent(tx: Database, token: PresentedRefreshToken): Promise<void>;
  /**
   * Makes the token the current one again, as it had been since `since`, unless the session has moved past the successor. A client that got
   * the successor by a retry can still use it: it is `ahead`.
   */
  undo(db: Database, token: PresentedRefreshToken, since: Date | null): Promise<void>;
}
