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

interface ProvingPerson {
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * Makes a signed-in user prove the password again. Guesses count for this session alone, so that a thief can't lock the owner out.
 *
 * @throws Problem `credentials_invalid` (403), `rate_limited`, `unavailable`
 */
export async function proveOwnPassword(
  ports: ProvePasswordPorts,
  person: ProvingPerson,
  password: string,
  caller: Caller,
): Promise<Credentials> {
  const { users, passwords, throttle } = ports;
  const credentials = await users.findCredentialsById(ports.db, person.userId);
  if (credentials === null || credentials.disabled) throw await recordFailedProof(ports, person, caller);
  const guesses = throttle.guessesAt(credentials.username, `session ${person.sessionId}`);
  await guesses.refuseIfBlocked();
  const { matches } = await passwords.verify(password, credentials.passwordHash, caller);
  if (!matches) {
    await guesses.failed();
    throw await recordFailedProof(ports, person, caller);
  }
  await guesses.succeeded();
  return credentials;
}

/**
 * For a password that was wrong, or that was changed during the proof.
 *
 * @returns the refusal to throw: 403, not 401, since the token is good and a new one wouldn't help
 */
export async function recordFailedProof(
  { db, audit }: Pick<ProvePasswordPorts, 'db' | 'audit'>,
  { userId, sessionId }: ProvingPerson,
  caller: Caller,
): Promise<Problem> {
  await audit.record(db, { ...actedBy(userId, caller), event: 'password_proof_failed', subject: sessionId });
  return new Problem('credentials_invalid', { status: 403, detail: 'The password is incorrect.' });
}
