/** What the database knows of a session when a refresh token of it is presented. */
export interface SessionState {
  /** Generation of the current refresh token. */
  readonly generation: number;
  /** When the current one took the place of the one before; `null` while it is the first. */
  readonly rotatedAt: Date | null;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly userDisabled: boolean;
}

/**
 * - `ended`: the session was signed out, revoked, or its user is disabled or deleted
 * - `expired`: its idle or its absolute life is over
 * - `current`: the newest refresh token; it rotates
 * - `retry`: the one before it, soon after: an answer was lost, or two tabs asked; the same successor again
 * - `reused`: another party has it too; the session ends
 * - `ahead`: a generation that this database has not reached: it was set back since, and the session goes on from there
 */
export type RefreshVerdict = 'ended' | 'expired' | 'current' | 'retry' | 'reused' | 'ahead';

/**
 * The whole rule of refresh token rotation (RFC 9700, section 4.14.2). It decides on what was read under a lock. The statement of
 * `Rotations.rotate` has its conditions for `current`; `admitRefresh` carries the verdicts out.
 *
 * @param presented - generation of the refresh token that came
 * @param now - the database's clock
 * @param graceSeconds - how long after a rotation the predecessor may come again; retries don't extend it
 */
export function judgeRefresh(session: SessionState, presented: number, now: Date, graceSeconds: number): RefreshVerdict {
  if (session.endedAt !== null || session.userDisabled) return 'ended';
  if (now >= session.idleExpiresAt || now >= session.expiresAt) return 'expired';
  if (presented === session.generation) return 'current';
  if (presented > session.generation) return 'ahead';
  if (presented === session.generation - 1 && withinGrace(session.rotatedAt, now, graceSeconds)) return 'retry';
  return 'reused';
}

function withinGrace(rotatedAt: Date | null, now: Date, graceSeconds: number): boolean {
  return rotatedAt !== null && now.getTime() - rotatedAt.getTime() <= graceSeconds * 1000;
}
