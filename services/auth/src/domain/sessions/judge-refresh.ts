export interface SessionState {
  /** Generation of the current refresh token. */
  readonly generation: number;
  /** When it replaced its predecessor; `null` while it is the first. */
  readonly rotatedAt: Date | null;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  readonly userDisabled: boolean;
}

/**
 * - `ended`: signed out or revoked, or the user is disabled or deleted
 * - `expired`: the idle or the absolute life is over
 * - `current`: the newest refresh token; it rotates
 * - `retry`: its predecessor, soon after the rotation (an answer was lost, or two tabs asked); it gets the same successor again
 * - `reused`: another party has it too; the session ends
 * - `ahead`: a generation that the database has not reached, so it was set back; the session continues from there
 */
export type RefreshVerdict = 'ended' | 'expired' | 'current' | 'retry' | 'reused' | 'ahead';

/**
 * The whole rule of refresh token rotation (RFC 9700, section 4.14.2), applied to what was read under a lock. `Rotations.rotate` has the
 * conditions for `current` in its statement; `admitRefresh` carries the verdicts out.
 *
 * @param presented - generation of the presented refresh token
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
