import { Problem } from '@countersign/problems';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { AccessTokenTerms } from '../access-token.ts';
import { actedBy, type Caller } from '../caller.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { entryForToken } from '../revocation/revocation-entries.ts';
import type { RevocationFeed, Revocations } from '../revocation/revocations.ts';
import { issueAccessToken } from '../sessions/issue-access-token.ts';
import { type AccessTokenOfSession, secondsLeft } from '../sessions/issue-tokens.ts';
import type { Sessions } from '../sessions/session.ts';
import { waitUntilSessionSignable } from '../sessions/wait-until-session-signable.ts';
import { type ProvePasswordPorts, proveOwnPassword, recordFailedProof } from './prove-password.ts';

export interface ReauthenticatePorts extends ProvePasswordPorts {
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly keys: SigningKeys;
}

/**
 * Proves the password again in a running session. A new access token with a new `auth_time` replaces the presented one, for no more scope
 * and audience than that had, since a refresh may have narrowed it. The refresh token stays.
 */
export async function reauthenticate(
  ports: ReauthenticatePorts,
  terms: AccessTokenTerms,
  person: { readonly userId: string; readonly sessionId: string; readonly claims: AccessTokenClaims },
  password: string,
  caller: Caller,
): Promise<AccessTokenOfSession> {
  const credentials = await proveOwnPassword(ports, person, password, caller);
  const { sessionId, userId, claims } = person;
  const session = await ports.db.transaction(async (tx) => {
    if (!(await ports.users.lockUnchanged(tx, credentials))) return null;
    const renewed = await ports.sessions.renewAuthTime(tx, sessionId);
    if (renewed === null) throw new Problem('token_revoked');
    await ports.revocations.revoke(tx, entryForToken(claims));
    await ports.audit.record(tx, { ...actedBy(userId, caller), event: 'reauthenticated', subject: sessionId });
    return renewed;
  });
  if (session === null) throw await recordFailedProof(ports, person, caller);
  await ports.feed.flush();
  const csrf = claims.csrf ?? null;
  const narrowed = { ...(await waitUntilSessionSignable(ports, session)), scope: claims.scope ?? '' };
  const issued = await issueAccessToken(ports.keys, { ...terms, audience: [claims.aud].flat() }, narrowed, csrf);
  return { ...issued, refreshExpiresIn: secondsLeft(session), csrf };
}
