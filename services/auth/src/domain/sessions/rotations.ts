import type { Database } from '@countersign/service';
import type { SessionState } from './judge-refresh.ts';
import type { LiveSession, SessionLife } from './session.ts';

/** The refresh token that is presented, as the database can check it. */
export interface PresentedRefreshToken {
  readonly sessionId: string;
  readonly generation: number;
  readonly seedDigest: Buffer;
}

/** A session that a refresh has moved on to its next token. */
export interface RotatedSession extends LiveSession {
  /** Since when the presented token had been the current one; `null`: it was the first. */
  readonly presentedSince: Date | null;
}

/** A session under its lock, live or not, with what its refresh tokens are judged by. */
export interface LockedSession {
  readonly state: SessionState;
  readonly session: LiveSession;
  readonly now: Date;
}

/** All that a refresh does to its session in the database. */
export interface Rotations {
  /**
   * Refreshes a session by its current token, under the conditions of `judgeRefresh`. `null`: they don't hold, or another transaction
   * holds the session; judge it under its lock.
   *
   * @param rotation - `false`: the token stays the current one
   */
  rotate(db: Database, token: PresentedRefreshToken, life: SessionLife, rotation: boolean): Promise<RotatedSession | null>;
  /** Locks the session until the transaction ends, and reads what there is to judge. */
  lock(tx: Database, token: PresentedRefreshToken): Promise<LockedSession | null>;
  /** Makes the token the current one of its session, whatever its generation. */
  makeCurrent(tx: Database, token: PresentedRefreshToken): Promise<void>;
  /**
   * Makes the token the current one again, as it had been since `since`, unless its session has gone on from the successor. Whoever
   * got the successor by a retry can go on with it as well: it is `ahead`.
   */
  undo(db: Database, token: PresentedRefreshToken, since: Date | null): Promise<void>;
}
