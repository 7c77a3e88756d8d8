import { fieldFault } from '@countersign/problems';
import type { Database } from '@countersign/service';

export interface Role {
  readonly name: string;
  /** In alphabetical order. */
  readonly scopes: readonly string[];
}

export interface LockedRole extends Role {
  /** Names the change by which the role lost scopes, while access tokens that have them may still exist. */
  readonly withdrawal: string | null;
}

export interface Roles {
  /** In the order of their names. @param after - the name before the page; `null`: the first page */
  findPage(db: Database, after: string | null, limit: number): Promise<Role[]>;
  findNames(db: Database): Promise<string[]>;
  /** Those of these names that exist. No role among them is deleted until the transaction ends. */
  hold(tx: Database, names: readonly string[]): Promise<string[]>;
  /** Locks the role until the transaction ends: nobody else changes it or is given it. Locks the name if there is no such role. */
  lock(tx: Database, name: string): Promise<LockedRole | null>;
  insert(tx: Database, name: string): Promise<void>;
  /** Nobody signs in or refreshes until the transaction ends, and all who did before have committed. It blocks everyone: call it last. */
  setScopes(tx: Database, name: string, scopes: readonly string[], withdrawal: string | null): Promise<void>;
  /** Notes that the access tokens have ended; does nothing when another change has begun since. */
  endWithdrawal(db: Database, name: string, withdrawal: string): Promise<void>;
  /** Ids of the users who hold it, beyond `after`, in ascending order. */
  findHolders(db: Database, name: string, after: string, limit: number): Promise<string[]>;
  isHeld(tx: Database, name: string): Promise<boolean>;
  delete(tx: Database, name: string): Promise<void>;
}

export const ROLE_PATTERN = '^[A-Za-z0-9_-]{1,64}$';

const ROLE = new RegExp(ROLE_PATTERN);
const SHOWN_ROLES = 20;

export function isRoleName(text: string): boolean {
  return ROLE.test(text);
}

/**
 * Checks roles that are about to be given to somebody, and keeps them from being deleted until the transaction ends.
 *
 * @throws Problem `validation_failed` for one that doesn't exist
 */
export async function holdRoles(tx: Database, roles: Roles, names: readonly string[]): Promise<void> {
  const held = await roles.hold(tx, names.filter(isRoleName));
  if (names.every((name) => held.includes(name))) return;
  throw fieldFault('body/roles', mustBeAmong(await roles.findNames(tx)));
}

/** Names only the first ones: there may be hundreds, and an import repeats them for each line that it refuses. */
export function mustBeAmong(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_ROLES);
  return `must be among ${shown.join(', ')}${shown.length < names.length ? ', …' : ''}`;
}
