import { Problem } from '@countersign/problems';
import type { Administrator } from '../administrator.ts';
import type { EndSessionPorts } from '../sessions/end-session.ts';
import { inBatches } from '../sessions/in-batches.ts';
import { withdrawAccessTokens } from '../sessions/withdraw-access-tokens.ts';
import type { Role, Roles } from './role.ts';
import { ADMIN_ROLE, ADMIN_SCOPE } from './user.ts';

export interface SetRolePorts extends EndSessionPorts {
  readonly roles: Roles;
}

export interface RoleSet {
  readonly role: Role;
  readonly isNew: boolean;
}

/**
 * Gives a role these scopes and no others; one that there isn't is made. Who holds it has what it gained at the next refresh.
 * Unless it only gained, their access tokens end now, in batches that hold by themselves: called again after a failure, it
 * continues. Their sessions go on.
 *
 * @throws Problem `conflict` where nobody could administer any more
 */
export async function setRole(ports: SetRolePorts, name: string, given: readonly string[], by: Administrator): Promise<RoleSet> {
  const { db, roles, audit } = ports;
  const scopes = [...new Set(given)].toSorted();
  if (name === ADMIN_ROLE && !scopes.includes(ADMIN_SCOPE))
    throw new Problem('conflict', { detail: `The role ${ADMIN_ROLE} keeps the scope ${ADMIN_SCOPE}: without it nobody could administer.` });
  const before = await db.transaction(async (tx) => {
    const from = (await roles.lock(tx, name))?.scopes ?? null;
    if (from === null) await roles.insert(tx, name);
    await audit.record(tx, { ...by, event: from === null ? 'role_created' : 'role_changed', subject: name, details: { from, to: scopes } });
    await roles.setScopes(tx, name, scopes);
    return from;
  });
  if (before !== null && !hasOnlyGained(before, scopes)) await withdrawFromHolders(ports, name);
  return { role: { name, scopes }, isNew: before === null };
}

/** What stayed the same may be the second call, after one that broke off. */
function hasOnlyGained(before: readonly string[], after: readonly string[]): boolean {
  return after.length > before.length && before.every((scope) => after.includes(scope));
}

async function withdrawFromHolders(ports: SetRolePorts, name: string): Promise<void> {
  const { db, sessions } = ports;
  await inBatches(
    ports,
    (after, limit) => sessions.findIdsByRole(db, name, after, limit),
    (ids) => db.transaction((tx) => withdrawAccessTokens(tx, ports, { ids })),
  );
}
