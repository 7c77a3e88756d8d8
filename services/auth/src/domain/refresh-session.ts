import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import { parseScope } from '@countersign/tokens';
import { type CookieUse, checkCookieUse } from './csrf.ts';
import { type EndSessionPorts, endSessions } from './end-session.ts';
import { grantedScope } from './issue-access-token.ts';
import { issueTokens, type TokenRules, type Tokens } from './issue-tokens.ts';
import { judgeRefresh, type RefreshVerdict } from './judge-refresh.ts';
import { grantScopes } from './oauth-scope.ts';
import type { Caller, SigningKeys } from './ports.ts';
import { digestSeed, getRefreshToken, type RefreshTokenSecrets } from './refresh-token.ts';
import type { LiveSession, PresentedRefreshToken, SessionLife } from './session.ts';
import { waitUntilSignable } from './wait-until-signable.ts';

export interface RefreshPorts extends EndSessionPorts {
  readonly keys: SigningKeys;
  /** Told of each token that came again within the grace. */
  readonly refreshRetried?: () => void;
}

export interface RefreshRules extends TokenRules {
  readonly secrets: RefreshTokenSecrets;
  readonly life: SessionLife;
  readonly graceSeconds: number;
  readonly rotation: boolean;
}

export interface RefreshInput {
  readonly refreshToken: string;
  /** The client that presents it; a refresh token is bound to the one it was issued to. */
  readonly clientId: string;
  readonly cookie: CookieUse | null;
  /** `body`: only a session whose tokens are delivered so, where there is no cookie to answer with. */
  readonly delivery?: 'body';
  /** Narrows this one access token (RFC 6749, section 6); the session keeps what it has. */
  readonly scope?: string;
}

/**
 * A new pair of tokens for a refresh token.
 *
 * @throws Problem `token_malformed`, `token_invalid`, `token_expired`, `token_revoked`; `csrf_failed` for a cookie
 * @throws OAuthError `invalid_scope` for more than the session has
 */
export async function refreshSession(ports: RefreshPorts, rules: RefreshRules, input: RefreshInput, caller: Caller): Promise<Tokens> {
  const token = getRefreshToken(input.refreshToken, input.clientId, rules.secrets);
  if (input.cookie !== null) checkCookieUse(token, input.cookie);
  if (input.delivery === 'body' && token.delivery === 'cookie')
    throw new Problem('token_invalid', { detail: 'This refresh token is for cookies alone.' });
  const presented = { sessionId: token.sessionId, generation: token.generation, seedDigest: digestSeed(token.seed) };
  const session = (await rotate(ports, rules, presented, input.scope)) ?? (await judgeAndAct(ports, rules, presented, input.scope, caller));
  const settled = await waitUntilSignable(ports, session);
  return await issueTokens(ports.keys, rules, narrowTo(settled, input.scope), token.seed);
}

async function rotate(
  ports: RefreshPorts,
  rules: RefreshRules,
  presented: PresentedRefreshToken,
  scope: string | undefined,
): Promise<LiveSession | null> {
  if (scope === undefined) return await ports.sessions.rotate(ports.db, presented, rules.life, rules.rotation);
  return await ports.db.transaction((tx) => rotateWithin(tx, ports, rules, presented, scope));
}

/** In a transaction, so that whose scope is refused has used up no refresh token. */
async function rotateWithin(
  tx: Database,
  { sessions }: RefreshPorts,
  { life, rotation }: RefreshRules,
  presented: PresentedRefreshToken,
  scope: string | undefined,
): Promise<LiveSession | null> {
  const session = await sessions.rotate(tx, presented, life, rotation);
  if (session !== null) narrowTo(session, scope);
  return session;
}

function narrowTo(session: LiveSession, scope: string | undefined): LiveSession {
  if (scope === undefined) return session;
  return { ...session, allowedScopes: grantScopes(parseScope(grantedScope(session)) ?? [], scope) };
}

/** The token isn't the current one of a live session, or another transaction holds it: find out under its lock, and do what follows. */
async function judgeAndAct(
  ports: RefreshPorts,
  rules: RefreshRules,
  presented: PresentedRefreshToken,
  scope: string | undefined,
  caller: Caller,
): Promise<LiveSession> {
  const { verdict, session } = await ports.db.transaction((tx) => applyVerdict(tx, ports, rules, presented, scope, caller));
  if (verdict === 'reused') await ports.feed.flush();
  if (session !== null) return session;
  throw refusal(verdict);
}

async function applyVerdict(
  tx: Database,
  ports: RefreshPorts,
  rules: RefreshRules,
  presented: PresentedRefreshToken,
  scope: string | undefined,
  caller: Caller,
): Promise<{ verdict: RefreshVerdict; session: LiveSession | null }> {
  const found = await ports.sessions.lock(tx, presented);
  // Its MAC has proved that the token is ours: the session was deleted, with its user or long after its end.
  if (found === null) return { verdict: 'ended', session: null };
  const verdict = judgeRefresh(found.state, presented.generation, found.now, rules.graceSeconds);
  switch (verdict) {
    case 'retry':
      ports.refreshRetried?.();
      return { verdict, session: found.session };
    case 'current':
      return { verdict, session: await rotateWithin(tx, ports, rules, presented, scope) };
    case 'reused': {
      const { id, userId } = found.session;
      await endSessions(tx, ports, { id }, 'reuse');
      const { ip, requestId } = caller;
      await ports.audit.record(tx, {
        event: 'refresh_reused',
        actor: userId,
        subject: id,
        details: { generation: presented.generation, current: found.state.generation },
        ip,
        requestId,
      });
      return { verdict, session: null };
    }
    default:
      return { verdict, session: null };
  }
}

function refusal(verdict: RefreshVerdict): Problem {
  switch (verdict) {
    case 'expired':
    case 'current':
      return new Problem('token_expired', { detail: 'The session is over. Sign in again.' });
    case 'unknown':
      return new Problem('token_invalid', { detail: 'No session has this refresh token.' });
    case 'reused':
      return new Problem('token_revoked', {
        detail: 'This refresh token was used before. Its session has been ended, in case somebody else has it.',
      });
    default:
      return new Problem('token_revoked', { detail: 'The session has been ended. Sign in again.' });
  }
}
