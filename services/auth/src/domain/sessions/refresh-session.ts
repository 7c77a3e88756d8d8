import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import { parseScope } from '@countersign/tokens';
import type { Caller } from '../caller.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { grantScopes } from '../scope.ts';
import { type CookieUse, checkCookieUse, csrfOf } from './csrf.ts';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import { grantedScope } from './issue-access-token.ts';
import { issueTokens, type TokenRules, type Tokens } from './issue-tokens.ts';
import { judgeRefresh, type RefreshVerdict } from './judge-refresh.ts';
import { digestSeed, getRefreshToken } from './refresh-token.ts';
import type { Delivery, LiveSession, LockedSession, PresentedRefreshToken, RotatedSession, SessionLife } from './session.ts';
import { waitUntilSessionSignable } from './wait-until-signable.ts';

export interface RefreshPorts extends EndSessionPorts {
  readonly keys: SigningKeys;
  /** Called for each token that came again within the grace. */
  readonly refreshRetried: () => void;
  /** Called for each token whose generation the database had not reached: the database has lost what it had committed. */
  readonly refreshAhead: () => void;
}

export interface RefreshRules extends TokenRules {
  readonly life: SessionLife;
  readonly graceSeconds: number;
  readonly rotation: boolean;
}

export interface RefreshInput {
  readonly refreshToken: string;
  /** The client that presents it; a refresh token is bound to the one it was issued to. */
  readonly clientId: string;
  readonly cookie: CookieUse | null;
  /** How the answer can deliver tokens. */
  readonly deliveries: readonly Delivery[];
  /** Narrows this one access token (RFC 6749, section 6); the session keeps what it has. */
  readonly scope?: string;
}

/**
 * A new pair of tokens for a refresh token.
 *
 * @throws Problem `token_malformed`, `token_invalid`, `token_expired`, `token_revoked`, `unavailable`; `csrf_failed` for a cookie;
 * `forbidden` where the roles allow more than a token can hold
 * @throws OAuthError `invalid_scope` for more than the session has
 */
export async function refreshSession(ports: RefreshPorts, rules: RefreshRules, input: RefreshInput, caller: Caller): Promise<Tokens> {
  const token = getRefreshToken(input.refreshToken, input.clientId, rules.secrets);
  if (input.cookie !== null) checkCookieUse(csrfOf(token), input.cookie);
  if (!input.deliveries.includes(token.delivery))
    throw new Problem('token_invalid', { detail: 'This refresh token is for cookies alone.' });
  const presented = { sessionId: token.sessionId, generation: token.generation, seedDigest: digestSeed(token.seed) };
  const attempt = { rules, presented, scope: input.scope, caller };
  const { session, rotated } = await admit(ports, attempt);
  try {
    const signable = await waitUntilSessionSignable(ports, session);
    return await issueTokens(ports.keys, rules, narrowTo(signable, input.scope), token.seed);
  } catch (error) {
    // This call gave nobody the successor: after the grace the token would be taken for reused.
    if (rotated !== null) await ports.sessions.undoRotation(ports.db, presented, rotated.presentedSince);
    throw error;
  }
}

interface Attempt {
  readonly rules: RefreshRules;
  readonly presented: PresentedRefreshToken;
  readonly scope: string | undefined;
  readonly caller: Caller;
}

interface Admitted {
  readonly session: LiveSession;
  /** The same session, if this call has rotated it; a retry finds it rotated. */
  readonly rotated: RotatedSession | null;
}

async function admit(ports: RefreshPorts, attempt: Attempt): Promise<Admitted> {
  const rotated = await rotate(ports, attempt);
  return rotated === null ? await judge(ports, attempt) : { session: rotated, rotated };
}

async function rotate(ports: RefreshPorts, attempt: Attempt): Promise<RotatedSession | null> {
  const { rules, presented, scope } = attempt;
  if (scope === undefined) return await ports.sessions.rotate(ports.db, presented, rules.life, rules.rotation);
  return await ports.db.transaction((tx) => rotateWithin(tx, ports, attempt));
}

/** In a transaction, so that a scope that is refused doesn't cost the caller the refresh token. */
async function rotateWithin(
  tx: Database,
  { sessions }: RefreshPorts,
  { rules, presented, scope }: Attempt,
): Promise<RotatedSession | null> {
  const session = await sessions.rotate(tx, presented, rules.life, rules.rotation);
  if (session !== null) narrowTo(session, scope);
  return session;
}

function narrowTo(session: LiveSession, scope: string | undefined): LiveSession {
  if (scope === undefined) return session;
  return { ...session, allowedScopes: grantScopes(parseScope(grantedScope(session)) ?? [], scope) };
}

/** The token isn't the current one of a live session, or another transaction holds the session: find out which, under its lock. */
async function judge(ports: RefreshPorts, attempt: Attempt): Promise<Admitted> {
  const { verdict, admitted } = await ports.db.transaction((tx) => judgeWithin(tx, ports, attempt));
  if (verdict === 'reused') await ports.feed.flush();
  if (admitted !== null) return admitted;
  throw refusal(verdict);
}

async function judgeWithin(
  tx: Database,
  ports: RefreshPorts,
  attempt: Attempt,
): Promise<{ verdict: RefreshVerdict; admitted: Admitted | null }> {
  const { rules, presented } = attempt;
  const found = await ports.sessions.lock(tx, presented);
  // Its MAC has proved that the token is ours: the session was deleted, with its user or long after its end.
  if (found === null) return { verdict: 'ended', admitted: null };
  const verdict = judgeRefresh(found.state, presented.generation, found.now, rules.graceSeconds);
  if (verdict === 'retry') {
    ports.refreshRetried();
    return { verdict, admitted: { session: found.session, rotated: null } };
  }
  if (verdict === 'reused') await endReused(tx, ports, found, attempt);
  if (verdict === 'ahead') {
    ports.refreshAhead();
    await ports.sessions.makeCurrent(tx, presented);
  }
  if (verdict !== 'current' && verdict !== 'ahead') return { verdict, admitted: null };
  const rotated = await rotateWithin(tx, ports, attempt);
  return { verdict, admitted: rotated && { session: rotated, rotated } };
}

async function endReused(
  tx: Database,
  ports: RefreshPorts,
  { session: { id, userId }, state }: LockedSession,
  { presented, caller: { ip, requestId } }: Attempt,
): Promise<void> {
  await endSessions(tx, ports, { id }, 'reuse');
  const details = { generation: presented.generation, current: state.generation };
  await ports.audit.record(tx, { event: 'refresh_reused', actor: userId, subject: id, details, ip, requestId });
}

function refusal(verdict: RefreshVerdict): Problem {
  switch (verdict) {
    case 'expired':
    // These two would have been admitted, had the session's life not ended between the two statements.
    case 'current':
    case 'ahead':
      return new Problem('token_expired', { detail: 'The session is over. Sign in again.' });
    case 'reused':
      return new Problem('token_revoked', {
        detail: 'This refresh token was used before. Its session has been ended, in case somebody else has it.',
      });
    default:
      return new Problem('token_revoked', { detail: 'The session has been ended. Sign in again.' });
  }
}
