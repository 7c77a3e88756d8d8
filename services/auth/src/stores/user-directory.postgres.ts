import type { Database } from '@countersign/service';
import { and, eq, exists, gt, isNull, ne, sql } from 'drizzle-orm';
import { ADMIN_ROLE } from '../domain/people/user.ts';
import type { DirectoryUser, UserDirectory } from '../domain/people/user-directory.ts';
import { inLowerCase, roles, userRoles, users } from './schema.ts';
import { wholeNames } from './whole-names.ts';

const directoryUser = {
  id: users.id,
  username: users.username,
  // Sorted as JavaScript does, whatever the database's collation.
  roles: wholeNames(
    sql<string[]>`array(
      select ${userRoles.role} from ${userRoles} where ${userRoles.userId} = ${users.id} order by ${userRoles.role} collate "C"
    )`,
  ),
  disabled: sql<boolean>`${users.disabledAt} is not null`,
  createdAt: users.createdAt,
} satisfies Record<keyof DirectoryUser, unknown>;

export const userDirectory: UserDirectory = {
  findPage: (db, after, limit, username) =>
    db
      .select(directoryUser)
      .from(users)
      .where(
        and(
          after === null ? undefined : gt(inLowerCase(users.username), inLowerCase(after)),
          username === undefined ? undefined : eq(inLowerCase(users.username), inLowerCase(username)),
        ),
      )
      .orderBy(inLowerCase(users.username))
      .limit(limit),

  find,

  async lock(tx, id) {
    const rows = await tx.select({ id: users.id }).from(users).where(eq(users.id, id)).for('update');
    // By a statement of its own: the one that waits for a lock sees the roles as they were before.
    return rows.length === 0 ? null : await find(tx, id);
  },

  async setRoles(tx, id, names) {
    await tx.delete(userRoles).where(eq(userRoles.userId, id));
    if (names.length > 0) await tx.insert(userRoles).values(names.map((role) => ({ userId: id, role })));
    await tx.update(users).set({ updatedAt: sql`now()` }).where(eq(users.id, id));
  },

  async setDisabled(tx, id, disabled) {
    await tx
      .update(users)
      .set({ disabledAt: disabled ? sql`now()` : null, updatedAt: sql`now()` })
      .where(eq(users.id, id));
  },

  async delete(tx, id) {
    await tx.delete(users).where(eq(users.id, id));
  },

  async hasOtherAdministrator(tx, id) {
    await tx.select().from(roles).where(eq(roles.name, ADMIN_ROLE)).for('no key update');
    const others = await tx
      .select({ id: users.id })
      .from(users)
      .where(and(ne(users.id, id), isNull(users.disabledAt), exists(hasRole(tx, ADMIN_ROLE))))
      .limit(1);
    return others.length > 0;
  },

  async insertMany(tx, newUsers) {
    const rows = newUsers.map(({ id, username, passwordHash }) => ({ id, username, passwordHash }));
    const inserted = await tx.insert(users).values(rows).onConflictDoNothing().returning({ id: users.id });
    const ids = new Set(inserted.map(({ id }) => id));
    const given = newUsers.filter(({ id }) => ids.has(id)).flatMap(({ id, roles }) => roles.map((role) => ({ userId: id, role })));
    if (given.length > 0) await tx.insert(userRoles).values(given);
    return [...ids];
  },
};

async function find(db: Database, id: string): Promise<DirectoryUser | null> {
  const [row] = await db.select(directoryUser).from(users).where(eq(users.id, id));
  return row ?? null;
}

function hasRole(tx: Database, role: string) {
  return tx
    .select({ role: userRoles.role })
    .from(userRoles)
    .where(and(eq(userRoles.userId, users.id), eq(userRoles.role, role)));
}
