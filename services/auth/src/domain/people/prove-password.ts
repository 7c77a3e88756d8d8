import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { Audit } from '../audit.ts';
import { actedBy, type Caller } from '../caller.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { Credentials, Users } from './user.ts';

export interface ProvePasswordPorts {
  readonly db: Database;
  readonly users: Users;
  readonly passwords: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly audit: Audit;
}

/**
 * Has a signed-in user prove the password again. Guesses are counted for this session alone, so that a token's thief
 * can't lock its owner out elsewhere.
 *
 * @throws Problem `credentials_invalid` (403), `rate_limited`, `unavailable`
 */
export async function proveOwnPassword(
  { db, users, passwords, throttle, audit }: ProvePasswordPorts,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  password: string,
  caller: Caller,
): Promise<Credentials> {
  const credentials = await users.findCredentialsById(db, userId);
  if (credentials === null || credentials.disabled) throw wrongPassword();
  const guesses = throttle.guessesAt(credentials.username, `session ${sessionId}`);
  await guesses.refuseIfBlocked();
  const { matches } = await passwords.verify(password, credentials.passwordHash, caller);
  if (!matches) {
    await guesses.failed();
    await audit.record(db, { ...actedBy(userId, caller), event: 'password_proof_failed', subject: sessionId });
    throw wrongPassword();
  }
  await guesses.succeeded();
  return credentials;
}

/** 403, not 401: the token is good, and a new one wouldn't help. */
export function wrongPassword(): Problem {
  return new Problem('credentials_invalid', { status: 403, detail: 'The password is not right.' });
}
