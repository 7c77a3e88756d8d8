import type { Administrator } from '../administrator.ts';
import { type EndSessionPorts, endSessions } from '../sessions/end-session.ts';
import { requireOtherAdministrator } from './require-other-administrator.ts';
import { isAdministrator, type UserDirectory } from './user-directory.ts';

export interface DeleteUserPorts extends EndSessionPorts {
  readonly userDirectory: UserDirectory;
}

/**
 * Deletes a user with all that belongs to it; the username is free again. The audit log stays.
 *
 * @returns `false` when there is no such user
 * @throws Problem `conflict` for the last administrator
 */
export async function deleteUser(ports: DeleteUserPorts, id: string, by: Administrator): Promise<boolean> {
  const { db, userDirectory, audit, feed } = ports;
  const deleted = await db.transaction(async (tx) => {
    const user = await userDirectory.lock(tx, id);
    if (user === null) return false;
    if (isAdministrator(user)) await requireOtherAdministrator(tx, userDirectory, id);
    await endSessions(tx, ports, { userId: id }, 'admin');
    await userDirectory.delete(tx, id);
    await audit.record(tx, { ...by, event: 'user_deleted', subject: id, details: { username: user.username } });
    return true;
  });
  if (deleted) await feed.flush();
  return deleted;
}
