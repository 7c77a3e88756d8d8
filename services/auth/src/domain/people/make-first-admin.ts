import { StartError } from '@countersign/problems';
import { BY_SETTINGS } from '../administrator.ts';
import { createId } from '../identifiers.ts';
import { FOR_NO_CALL } from './password-hasher.ts';
import type { RegisterPorts } from './register-user.ts';
import { ADMIN_ROLE } from './user.ts';

/** Makes the administrator that the settings name, if there is none yet. Instances that start together make one. */
export async function makeFirstAdmin(
  { db, users, passwords, passwordRules, audit }: RegisterPorts,
  { adminUsername: username, adminPassword: password }: { readonly adminUsername: string | null; readonly adminPassword: string | null },
): Promise<void> {
  if (username === null || password === null) return;
  if (await users.hasAny(db, ADMIN_ROLE)) return;
  const fault = passwordRules.findFault(password, username);
  if (fault !== null) throw new StartError(`ADMIN_PASSWORD ${fault}.`);
  const passwordHash = await passwords.hash(password, FOR_NO_CALL);
  await db.transaction(async (tx) => {
    const id = createId();
    if (!(await users.insert(tx, { id, username, passwordHash, roles: [ADMIN_ROLE] }))) {
      if (await users.hasAny(tx, ADMIN_ROLE)) return; // another instance was faster
      throw new StartError('ADMIN_USERNAME is the name of an existing user who is not an administrator: choose another name.');
    }
    await audit.record(tx, { ...BY_SETTINGS, event: 'user_registered', subject: id, details: { roles: [ADMIN_ROLE], first: true } });
  });
}
