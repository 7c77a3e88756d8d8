import { Problem } from '@countersign/problems';
import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import { actedBy, type Caller } from '../caller.ts';
import { createId } from '../identifiers.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { networkOf } from '../network.ts';
import { endLeastUsed } from '../sessions/end-least-used.ts';
import { endReplacedSession } from '../sessions/end-replaced-session.ts';
import { endUnansweredSession } from '../sessions/end-unanswered-session.ts';
import { issueTokens, type TokenRules, type Tokens } from '../sessions/issue-tokens.ts';
import type { LogOutPorts } from '../sessions/log-out.ts';
import { createSeed, digestSeed } from '../sessions/refresh-token.ts';
import type { Delivery, SessionLife } from '../sessions/session.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { isUsername, type SignInCredentials, type Users } from './user.ts';

export interface LogInPorts extends LogOutPorts {
  readonly users: Users;
  readonly passwords: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly keys: SigningKeys;
}

export interface LogInRules extends TokenRules {
  readonly life: SessionLife;
}

export interface LogInInput {
  readonly username: string;
  readonly password: string;
  /** The most that the session may do; `null`: all that the user may. */
  readonly scope: string | null;
  readonly delivery: Delivery;
  /** The access token in the cookie that the answer overwrites; its session ends. */
  readonly replacedToken: string | null;
}

/**
 * Signs a user in. Unknown user, wrong password and disabled account get the same answer after the same work.
 *
 * @throws Problem `credentials_invalid`, `rate_limited`, `unavailable`; `forbidden` where the roles allow more than a token can hold
 */
export async function logIn(ports: LogInPorts, rules: LogInRules, input: LogInInput, caller: Caller): Promise<Tokens> {
  const { id: userId, passwordHash } = await proveAndUpgrade(ports, input, caller);
  const seed = createSeed();
  const session = await ports.sessions.begin({
    passwordHash,
    session: {
      id: createId(),
      userId,
      clientId: FIRST_PARTY_CLIENT_ID,
      seedDigest: digestSeed(seed),
      delivery: input.delivery,
      scope: input.scope,
      ip: caller.ip,
      userAgent: caller.userAgent,
    },
    life: rules.life,
    event: 'login',
    requestId: caller.requestId,
  });
  // The password was changed or the account disabled after the check.
  if (session === null) throw await recordFailure(ports, userId, caller);
  ports.eventRecorded('login');
  try {
    if (session.crowded) await endLeastUsed(ports, userId, caller);
    const tokens = await issueTokens(ports.keys, rules, session, seed);
    if (caller.isGivenUp()) throw new Problem('unavailable', { cause: new Error('the sign-in took too long') });
    if (input.replacedToken !== null) await endReplacedSession(ports, rules.secrets, input.replacedToken, caller);
    return tokens;
  } catch (error) {
    // Nobody has its tokens. If ending it fails too, the user still finds it in the list of sessions.
    await endUnansweredSession(ports, session.id, caller).catch(() => {});
    throw error;
  }
}

/** Verifies the password and, while it is at hand, upgrades an outdated hash. */
async function proveAndUpgrade(ports: LogInPorts, input: LogInInput, caller: Caller): Promise<SignInCredentials> {
  const credentials = await provePassword(ports, input, caller);
  if (!credentials.outdated) return credentials;
  const passwordHash = await ports.passwords.hash(input.password, caller);
  if (await ports.users.replaceHash(credentials, passwordHash)) return { ...credentials, passwordHash };
  // Another sign-in was quicker, or the password was changed: verifying it again tells which.
  return await provePassword(ports, input, caller);
}

async function provePassword(
  ports: LogInPorts,
  { username, password }: LogInInput,
  caller: Caller,
): Promise<SignInCredentials & { outdated: boolean }> {
  const { users, passwords, throttle } = ports;
  const network = networkOf(caller.ip);
  const credentials = isUsername(username) ? await users.findCredentials(username, network) : null;
  const guesses = throttle.guessesAt(username, credentials?.knownNetwork === true ? network : null);
  await guesses.refuseIfBlocked();
  const { matches, outdated } = await passwords.verify(password, credentials?.passwordHash ?? null, caller);
  if (credentials === null || credentials.disabled || !matches) {
    await guesses.failed();
    throw await recordFailure(ports, credentials?.id ?? null, caller);
  }
  await guesses.succeeded();
  return { ...credentials, outdated };
}

/** @param userId - `null` when there is no such user. @returns the refusal to throw */
async function recordFailure({ db, audit }: LogInPorts, userId: string | null, caller: Caller): Promise<Problem> {
  await audit.record(db, { ...actedBy(null, caller), event: 'login_failed', subject: userId });
  return new Problem('credentials_invalid');
}
