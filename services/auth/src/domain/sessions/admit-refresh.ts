import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import { actedBy, type Caller } from '../caller.ts';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import { judgeRefresh, type RefreshVerdict } from './judge-refresh.ts';
import type { LockedSession, PresentedRefreshToken, RotatedSession, Rotations } from './rotations.ts';
import type { LiveSession, SessionLife } from './session.ts';
import { narrowTo } from './session-scope.ts';

export interface AdmitRefreshPorts extends EndSessionPorts {
  readonly rotations: Rotations;
  /** Called for each token that is presented again within the grace. */
  readonly refreshRetried: () => void;
  /** Called for each token whose generation the database had not reached: the database has lost what it had committed. */
  readonly refreshAhead: () => void;
}

export interface RotationRules {
  readonly life: SessionLife;
  readonly graceSeconds: number;
  readonly rotation: boolean;
}

export interface RefreshAttempt {
  readonly rules: RotationRules;
  readonly presented: PresentedRefreshToken;
  readonly scope: string | undefined;
  readonly caller: Caller;
}

export interface Admitted {
  readonly session: LiveSession;
  /** The same session if this call rotated it; `null` for a retry, whose session was rotated before. */
  readonly rotated: RotatedSession | null;
}

/**
 * Rotates the session of a refresh token. Nearly always a single statement does, under the conditions of `judgeRefresh`. If they don't
 * hold, or another transaction holds the session, it is judged under its lock.
 *
 * @throws Problem `token_expired`, `token_revoked`; OAuthError `invalid_scope` for more than the session has
 */
export async function admitRefresh(ports: AdmitRefreshPorts, attempt: RefreshAttempt): Promise<Admitted> {
  const rotated = await rotateUnlocked(ports, attempt);
  if (rotated !== null) return { session: rotated, rotated };
  const { verdict, outcome } = await ports.db.transaction((tx) => judgeLocked(tx, ports, attempt));
  if (verdict === 'reused') await ports.feed.flush();
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

async function rotateUnlocked(ports: AdmitRefreshPorts, attempt: RefreshAttempt): Promise<RotatedSession | null> {
  if (attempt.scope === undefined) return await rotate(ports.db, ports, attempt);
  return await ports.db.transaction((tx) => rotate(tx, ports, attempt));
}

/** Runs in a transaction if there is a scope, so that a scope that `narrowTo` refuses doesn't cost the caller the refresh token. */
async function rotate(
  db: Database,
  { rotations }: AdmitRefreshPorts,
  { rules, presented, scope }: RefreshAttempt,
): Promise<RotatedSession | null> {
  const session = await rotations.rotate(db, presented, rules.life, rules.rotation);
  if (session !== null) narrowTo(session, scope);
  return session;
}

/** A refusal is returned, not thrown, so that what was written with it is committed. */
async function judgeLocked(
  tx: Database,
  ports: AdmitRefreshPorts,
  attempt: RefreshAttempt,
): Promise<{ verdict: RefreshVerdict; outcome: Admitted | Problem }> {
  const { rules, presented } = attempt;
  const found = await ports.rotations.lock(tx, presented);
  // The MAC has proved that the token is ours, so the session was deleted, with its user or long after its end.
  if (found === null) return { verdict: 'ended', outcome: sessionEnded() };
  const verdict = judgeRefresh(found.state, presented.generation, found.now, rules.graceSeconds);
  return { verdict, outcome: await carryOut(tx, ports, attempt, found, verdict) };
}

async function carryOut(
  tx: Database,
  ports: AdmitRefreshPorts,
  attempt: RefreshAttempt,
  found: LockedSession,
  verdict: RefreshVerdict,
): Promise<Admitted | Problem> {
  switch (verdict) {
    case 'ended':
      return sessionEnded();
    case 'expired':
      return sessionExpired();
    case 'current':
      return await rotateLocked(tx, ports, attempt);
    case 'retry':
      ports.refreshRetried();
      return { session: found.session, rotated: null };
    case 'reused':
      await endReused(tx, ports, attempt, found);
      return new Problem('token_revoked', {
        detail: 'This refresh token has been used before. Its session has been ended, in case the token was stolen. Sign in again.',
      });
    case 'ahead':
      ports.refreshAhead();
      await ports.rotations.makeCurrent(tx, attempt.presented);
      return await rotateLocked(tx, ports, attempt);
  }
}

async function rotateLocked(tx: Database, ports: AdmitRefreshPorts, attempt: RefreshAttempt): Promise<Admitted | Problem> {
  const rotated = await rotate(tx, ports, attempt);
  // Under the lock only its life can have ended since it was judged.
  return rotated === null ? sessionExpired() : { session: rotated, rotated };
}

async function endReused(
  tx: Database,
  ports: AdmitRefreshPorts,
  { presented, caller }: RefreshAttempt,
  { session: { id, userId }, state }: LockedSession,
): Promise<void> {
  await endSessions(tx, ports, { id }, 'reuse');
  const details = { generation: presented.generation, current: state.generation };
  await ports.audit.record(tx, { ...actedBy(userId, caller), event: 'refresh_reused', subject: id, details });
}

function sessionEnded(): Problem {
  return new Problem('token_revoked', { detail: 'The session has been ended. Sign in again.' });
}

function sessionExpired(): Problem {
  return new Problem('token_expired', { detail: 'The session has expired. Sign in again.' });
}
