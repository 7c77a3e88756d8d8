import { Problem } from '@countersign/problems';
import type { Caller } from '../caller.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { narrowAudience } from '../resource.ts';
import { type AdmitRefreshPorts, admitRefresh, type RotationRules } from './admit-refresh.ts';
import { type CookieUse, checkCookieUse, csrfOf } from './csrf.ts';
import { issueTokens, type TokenRules, type Tokens } from './issue-tokens.ts';
import { digestSeed, getRefreshToken } from './refresh-token.ts';
import type { Delivery } from './session.ts';
import { narrowTo } from './session-scope.ts';
import { waitUntilSessionSignable } from './wait-until-session-signable.ts';

export interface RefreshPorts extends AdmitRefreshPorts {
  readonly keys: SigningKeys;
}

export interface RefreshRules extends TokenRules, RotationRules {}

export interface RefreshInput {
  readonly refreshToken: string;
  /** The presenting client; a refresh token is bound to the client it was issued to. */
  readonly clientId: string;
  readonly cookie: CookieUse | null;
  /** The deliveries that the answer supports. */
  readonly deliveries: readonly Delivery[];
  /** Narrows this access token alone (RFC 6749, section 6); the session keeps its scope. */
  readonly scope?: string;
  /** Narrows the audience of this access token alone (RFC 8707, section 2.2). */
  readonly resource?: readonly string[];
}

/**
 * A new pair of tokens for a refresh token.
 *
 * @throws Problem `token_malformed`, `token_invalid`, `token_expired`, `token_revoked`, `unavailable`; `csrf_failed` for a cookie;
 * `forbidden` where the roles allow more than a token can hold
 * @throws OAuthError `invalid_scope`, `invalid_target` for more than the session has
 */
export async function refreshSession(ports: RefreshPorts, rules: RefreshRules, input: RefreshInput, caller: Caller): Promise<Tokens> {
  const token = getRefreshToken(input.refreshToken, input.clientId, rules.secrets);
  if (input.cookie !== null) checkCookieUse(csrfOf(token), input.cookie);
  if (!input.deliveries.includes(token.delivery))
    throw new Problem('token_invalid', { detail: 'This refresh token was issued as a cookie and works only at /refresh.' });
  const audience = narrowAudience(rules.access.audience, input.resource ?? [], rules.access);
  const presented = { sessionId: token.sessionId, generation: token.generation, seedDigest: digestSeed(token.seed) };
  const { session, rotated } = await admitRefresh(ports, { rules, presented, scope: input.scope, caller });
  try {
    const signable = await waitUntilSessionSignable(ports, session);
    return await issueTokens(ports.keys, { ...rules, access: { ...rules.access, audience } }, narrowTo(signable, input.scope), token.seed);
  } catch (error) {
    // Nobody got the successor from this call: without the undo, a retry after the grace would count as reuse.
    if (rotated !== null) await ports.rotations.undo(ports.db, presented, rotated.presentedSince);
    throw error;
  }
}
