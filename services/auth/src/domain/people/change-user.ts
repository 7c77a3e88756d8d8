import { isDeepStrictEqual } from 'node:util';
import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import { type EndSessionPorts, endSessions } from '../sessions/end-session.ts';
import { withdrawAccessTokens } from '../sessions/withdraw-access-tokens.ts';
import type { PasswordResets } from './password-reset.ts';
import { requireOtherAdministrator } from './require-other-administrator.ts';
import { holdRoles, type Roles } from './role.ts';
import { type DirectoryUser, isAdministrator, type UserDirectory } from './user-directory.ts';

export interface ChangeUserPorts extends EndSessionPorts {
  readonly userDirectory: UserDirectory;
  readonly roles: Roles;
  readonly resets: PasswordResets;
}

export interface UserChange {
  readonly roles?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
}

/**
 * Changes what a user may do. New roles end the access tokens, not the sessions; disabling ends the sessions.
 *
 * @returns the user as it is now; `null` when there is none
 * @throws Problem `validation_failed` for an unknown role, `conflict` for the last administrator
 */
export async function changeUser(ports: ChangeUserPorts, id: string, change: UserChange, by: Administrator): Promise<DirectoryUser | null> {
  const { db, userDirectory, feed } = ports;
  const changed = await db.transaction(async (tx) => {
    if (change.roles !== undefined) await holdRoles(tx, ports.roles, change.roles);
    const user = await userDirectory.lock(tx, id);
    if (user === null) return null;
    const next = { ...user, roles: change.roles?.toSorted() ?? user.roles, disabled: change.disabled ?? user.disabled };
    if (isAdministrator(user) && !isAdministrator(next)) await requireOtherAdministrator(tx, userDirectory, id);
    if (!isDeepStrictEqual(next.roles, user.roles)) await changeRoles(tx, ports, user, next.roles, by);
    if (next.disabled !== user.disabled) await changeDisabled(tx, ports, id, next.disabled, by);
    return next;
  });
  if (changed !== null) await feed.flush();
  return changed;
}

async function changeRoles(
  tx: Database,
  ports: ChangeUserPorts,
  { id, roles: from }: DirectoryUser,
  to: readonly string[],
  by: Administrator,
): Promise<void> {
  await ports.userDirectory.setRoles(tx, id, to);
  await withdrawAccessTokens(tx, ports, { userId: id });
  await ports.audit.record(tx, { ...by, event: 'user_roles_changed', subject: id, details: { from, to } });
}

async function changeDisabled(tx: Database, ports: ChangeUserPorts, id: string, disabled: boolean, by: Administrator): Promise<void> {
  await ports.userDirectory.setDisabled(tx, id, disabled);
  if (disabled) {
    await endSessions(tx, ports, { userId: id }, 'admin');
    await ports.resets.forget(tx, id);
  }
  await ports.audit.record(tx, { ...by, event: disabled ? 'user_disabled' : 'user_enabled', subject: id });
}
