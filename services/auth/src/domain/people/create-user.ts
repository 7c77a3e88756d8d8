import type { Administrator } from '../administrator.ts';
import { createId } from '../identifiers.ts';
import type { HashingFor } from './password-hasher.ts';
import { type RegisterPorts, usernameTaken } from './register-user.ts';
import { holdRoles, type Roles } from './role.ts';
import type { DirectoryUser, UserDirectory } from './user-directory.ts';

export interface CreateUserPorts extends RegisterPorts {
  readonly userDirectory: UserDirectory;
  readonly roles: Roles;
}

/**
 * Creates a user for an administrator, even while registration is closed.
 *
 * @throws Problem `conflict` when the username is taken, `validation_failed` for the password or an unknown role
 */
export async function createUser(
  { db, users, userDirectory, roles, passwords, passwordRules, audit }: CreateUserPorts,
  input: { readonly username: string; readonly password: string; readonly roles: readonly string[] },
  by: Administrator,
  caller: HashingFor,
): Promise<DirectoryUser> {
  const { username, password } = input;
  passwordRules.check(password, username);
  const passwordHash = await passwords.hash(password, caller);
  const created = await db.transaction(async (tx) => {
    const id = createId();
    await holdRoles(tx, roles, input.roles);
    if (!(await users.insert(tx, { id, username, passwordHash, roles: input.roles }))) throw usernameTaken();
    await audit.record(tx, { ...by, event: 'user_created', subject: id, details: { roles: input.roles } });
    return await userDirectory.find(tx, id);
  });
  if (created === null) throw new Error('the new user is not in the directory');
  return created;
}
