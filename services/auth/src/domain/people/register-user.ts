import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { Audit } from '../audit.ts';
import { actedBy, type Caller } from '../caller.ts';
import { createId } from '../identifiers.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordRules } from './password-rules.ts';
import { MEMBER_ROLE, type Users } from './user.ts';

export interface RegisterPorts {
  readonly db: Database;
  readonly users: Users;
  readonly passwords: PasswordHasher;
  readonly passwordRules: PasswordRules;
  readonly audit: Audit;
}

export interface RegisteredUser {
  readonly id: string;
  readonly username: string;
  readonly roles: readonly string[];
}

/**
 * Self-registration: makes a user with the role `member`.
 *
 * @throws Problem `conflict` when the username is taken, `validation_failed` when the password is too easy to guess
 */
export async function registerUser(
  { db, users, passwords, passwordRules, audit }: RegisterPorts,
  { username, password }: { readonly username: string; readonly password: string },
  caller: Caller,
): Promise<RegisteredUser> {
  passwordRules.check(password, username);
  const passwordHash = await passwords.hash(password, caller);
  const user = { id: createId(), username, roles: [MEMBER_ROLE] };
  return await db.transaction(async (tx) => {
    if (!(await users.insert(tx, { ...user, passwordHash }))) throw usernameTaken();
    const details = { roles: user.roles };
    await audit.record(tx, { ...actedBy(user.id, caller), event: 'user_registered', subject: user.id, details });
    return user;
  });
}

export function usernameTaken(): Problem {
  return new Problem('conflict', { detail: 'This username is taken.' });
}
