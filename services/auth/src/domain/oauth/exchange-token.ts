import type { Database } from '@countersign/service';
import { type AccessTokenClaims, type Actor, formatScope, parseScope } from '@countersign/tokens';
import type { Judge } from '@countersign/verifier/parts';
import type { AccessTokenTerms, IssuedAccessToken } from '../access-token.ts';
import type { ClientReading } from '../clients/client.ts';
import { signForClient } from '../clients/sign-for-client.ts';
import { createId } from '../identifiers.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { OAuthError } from '../oauth-error.ts';
import { audienceClaim, commonAudience, narrowAudience } from '../resource.ts';
import { signingTime } from '../revocation/not-before.ts';
import { grantScopes } from '../scope.ts';
import type { Sessions } from '../sessions/session.ts';
import { findClaims } from './find-claims.ts';

export interface ExchangePorts {
  readonly db: Database;
  readonly sessions: Sessions;
  readonly keys: SigningKeys;
  /** Judges our own access tokens by signature, times and the database's revocations, whatever their audience. */
  readonly judge: Judge;
}

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** Each exchange adds an actor; a longer chain than this is a loop of services. */
const MAX_ACTORS = 8;

/**
 * Token exchange (RFC 8693): the authenticated client acts for the subject, and `act` says so. It only narrows: scope and audience are held
 * by both the subject token and the client, there are no roles, and the life is no longer.
 *
 * @throws OAuthError `invalid_request` for the subject token, `invalid_scope`, `invalid_target`
 */
export async function exchangeToken(
  ports: ExchangePorts,
  terms: AccessTokenTerms,
  { client, now }: ClientReading,
  asked: { readonly subjectToken: string; readonly scope: string | undefined; readonly resource: readonly string[] },
): Promise<IssuedAccessToken> {
  const { issuer, ttlSeconds } = terms;
  const subject = await verifySubject(ports, asked.subjectToken);
  const heldScopes = parseScope(subject.scope ?? '')?.filter((scope) => client.scopes.includes(scope)) ?? [];
  const heldAudience = commonAudience([subject.aud].flat(), client.audiences, terms);
  const scope = formatScope(grantScopes(heldScopes, asked.scope));
  const aud = audienceClaim(narrowAudience(heldAudience, asked.resource, terms));
  const act: Actor = { sub: client.id, ...(subject.act === undefined ? {} : { act: subject.act }) };
  if (countActors(act) > MAX_ACTORS) throw invalidSubject('The subject token has been exchanged too many times.');

  // `now` was read before the subject's session, so a later revocation of the session has a later `before` and covers this `iat`.
  const iat = await signingTime(now, client.tokensNotBefore);
  const exp = Math.min(iat + ttlSeconds, subject.exp);
  if (exp <= iat) throw invalidSubject('The subject token has expired.');
  const claims: AccessTokenClaims = {
    iss: issuer,
    aud,
    sub: subject.sub,
    client_id: client.id,
    iat,
    exp,
    jti: createId(),
    ...(subject.sid === undefined ? {} : { sid: subject.sid }),
    ...(scope === '' ? {} : { scope }),
    ...(subject.auth_time === undefined ? {} : { auth_time: subject.auth_time }),
    act,
  };
  return { accessToken: await signForClient(ports.keys, claims), expiresIn: exp - iat, scope };
}

/**
 * A revocation that the session survives chooses its `before` first and may commit after that second: a token signed in between would
 * escape it. So this waits for pending changes of the session, in `findLive`, and judges the token again.
 */
async function verifySubject({ db, sessions, judge }: ExchangePorts, token: string): Promise<AccessTokenClaims> {
  const subject = await judgeSubject(judge, token);
  if (subject.sid === undefined) return subject;
  if ((await sessions.findLive(db, subject.sid)) === null) throw invalidSubject('The session has ended.');
  return await judgeSubject(judge, token);
}

async function judgeSubject(judge: Judge, token: string): Promise<AccessTokenClaims> {
  const claims = await findClaims(judge, token);
  if (claims === null) throw invalidSubject('The subject token is not valid.');
  return claims;
}

/** RFC 8693, section 2.2.2, requires `invalid_request`. */
function invalidSubject(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}

function countActors(act: Actor): number {
  return act.act === undefined ? 1 : 1 + countActors(act.act);
}
