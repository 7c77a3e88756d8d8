import { Problem } from '@countersign/problems';
import type { Administrator } from '../administrator.ts';
import { createId } from '../identifiers.ts';
import type { EndSessionPorts } from '../sessions/end-session.ts';
import { batchesOf, inBatches } from '../sessions/in-batches.ts';
import { withdrawAccessTokens } from '../sessions/withdraw-access-tokens.ts';
import type { LockedRole, Role, Roles } from './role.ts';
import { ADMIN_ROLE, ADMIN_SCOPE } from './user.ts';

export interface SetRolePorts extends EndSessionPorts {
  readonly roles: Roles;
}

export interface RoleSet {
  readonly role: Role;
  readonly isNew: boolean;
}

/**
 * Sets a role's scopes, and makes the role if there is none. Its holders get added scopes at their next refresh. If scopes are removed, the
 * holders' access tokens end before this returns, in batches that are committed one by one, and their sessions continue. If that is
 * interrupted, the next call for the role ends the rest, whatever scopes it sets.
 *
 * @throws Problem `conflict` where nobody could administer any more
 */
export async function setRole(ports: SetRolePorts, name: string, given: readonly string[], by: Administrator): Promise<RoleSet> {
  const { db, roles, audit } = ports;
  const scopes = [...new Set(given)].toSorted();
  if (name === ADMIN_ROLE && !scopes.includes(ADMIN_SCOPE))
    throw new Problem('conflict', {
      detail: `The role ${ADMIN_ROLE} must keep the scope ${ADMIN_SCOPE}: without it there would be no administrators.`,
    });
  const { isNew, withdrawal } = await db.transaction(async (tx) => {
    const former = await roles.lock(tx, name);
    if (former === null) await roles.insert(tx, name);
    const from = former?.scopes ?? null;
    const withdrawal = former !== null && endsTokens(former, scopes) ? createId() : null;
    await audit.record(tx, { ...by, event: from === null ? 'role_created' : 'role_changed', subject: name, details: { from, to: scopes } });
    await roles.setScopes(tx, name, scopes, withdrawal);
    return { isNew: former === null, withdrawal };
  });
  if (withdrawal !== null) {
    await withdrawFromHolders(ports, name);
    await roles.endWithdrawal(db, name, withdrawal);
  }
  return { role: { name, scopes }, isNew };
}

function endsTokens({ scopes, withdrawal }: LockedRole, next: readonly string[]): boolean {
  return withdrawal !== null || scopes.some((scope) => !next.includes(scope));
}

async function withdrawFromHolders(ports: SetRolePorts, name: string): Promise<void> {
  await inBatches(ports, sessionsOfHolders(ports, name), (ids) => ports.db.transaction((tx) => withdrawAccessTokens(tx, ports, { ids })));
}

async function* sessionsOfHolders({ db, roles, sessions }: SetRolePorts, name: string) {
  for await (const userIds of batchesOf((after, limit) => roles.findHolders(db, name, after, limit)))
    yield* batchesOf((after, limit) => sessions.findIdsOf(db, userIds, after, limit));
}
