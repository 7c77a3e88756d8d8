import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import type { Roles } from './role.ts';
import { ADMIN_ROLE, MEMBER_ROLE } from './user.ts';

export interface DeleteRolePorts {
  readonly db: Database;
  readonly roles: Roles;
  readonly audit: Audit;
}

/** Everyone who registers gets the first, and someone must always hold the second. */
const KEPT: readonly string[] = [MEMBER_ROLE, ADMIN_ROLE];

/**
 * Deletes a role that nobody holds.
 *
 * @returns `false` when there is no such role
 * @throws Problem `conflict` for a role that somebody holds, or that the service itself needs
 */
export async function deleteRole({ db, roles, audit }: DeleteRolePorts, name: string, by: Administrator): Promise<boolean> {
  if (KEPT.includes(name))
    throw new Problem('conflict', { detail: `The role ${name} is needed by the service itself and cannot be deleted.` });
  return await db.transaction(async (tx) => {
    const role = await roles.lock(tx, name);
    if (role === null) return false;
    if (await roles.isHeld(tx, name)) throw new Problem('conflict', { detail: 'Users still hold this role. Give them other roles first.' });
    await roles.delete(tx, name);
    await audit.record(tx, { ...by, event: 'role_deleted', subject: name, details: { from: role.scopes } });
    return true;
  });
}
