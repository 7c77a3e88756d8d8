import type { AccessTokenTerms, IssuedAccessToken } from '../access-token.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { csrfOf } from './csrf.ts';
import { issueAccessToken } from './issue-access-token.ts';
import { formatRefreshToken, type RefreshTokenSecrets } from './refresh-token.ts';
import type { LiveSession } from './session.ts';

export interface AccessTokenOfSession extends IssuedAccessToken {
  /** In seconds. */
  readonly refreshExpiresIn: number;
  /** Only for cookies. */
  readonly csrf: string | null;
}

export interface Tokens extends AccessTokenOfSession {
  readonly refreshToken: string;
}

export interface TokenRules {
  readonly access: AccessTokenTerms;
  /** Refresh tokens are made with the current one. */
  readonly secrets: RefreshTokenSecrets;
}

/** The tokens of a session as it stands: a new access token and its current refresh token. */
export async function issueTokens(keys: SigningKeys, rules: TokenRules, session: LiveSession, seed: string): Promise<Tokens> {
  const { id: sessionId, generation, clientId, delivery } = session;
  const csrf = csrfOf({ delivery, seed });
  const issued = await issueAccessToken(keys, rules.access, session, csrf);
  return {
    ...issued,
    refreshToken: formatRefreshToken({ sessionId, generation, seed, delivery }, clientId, rules.secrets.current),
    refreshExpiresIn: secondsLeft(session),
    csrf,
  };
}

/** Until the session ends, unless it is refreshed. */
export function secondsLeft({ endsAt, now }: LiveSession): number {
  return Math.max(0, Math.round(endsAt - now));
}
