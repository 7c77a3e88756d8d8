import type { Database } from '@countersign/service';
import { ADMIN_ROLE, type NewUser } from './user.ts';

export interface DirectoryUser {
  readonly id: string;
  readonly username: string;
  /** In alphabetical order. */
  readonly roles: readonly string[];
  readonly disabled: boolean;
  readonly createdAt: Date;
}

export interface UserDirectory {
  /**
   * In the order of their names.
   *
   * @param after - the username before the page, in any case; `null`: the first page
   * @param username - only the user of this name, in any case
   */
  findPage(db: Database, after: string | null, limit: number, username?: string): Promise<DirectoryUser[]>;
  find(db: Database, id: string): Promise<DirectoryUser | null>;
  /** Locks the user until the transaction ends; sign-ins wait, too. */
  lock(tx: Database, id: string): Promise<DirectoryUser | null>;
  setRoles(tx: Database, id: string, roles: readonly string[]): Promise<void>;
  setDisabled(tx: Database, id: string, disabled: boolean): Promise<void>;
  delete(tx: Database, id: string): Promise<void>;
  /** Is there another administrator who can sign in? Concurrent callers wait until the transaction ends. */
  hasOtherAdministrator(tx: Database, id: string): Promise<boolean>;
  /** @returns the ids of those whose names were free */
  insertMany(tx: Database, users: readonly NewUser[]): Promise<string[]>;
}

export function isAdministrator({ roles, disabled }: Pick<DirectoryUser, 'roles' | 'disabled'>): boolean {
  return roles.includes(ADMIN_ROLE) && !disabled;
}
