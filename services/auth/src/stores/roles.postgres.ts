import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Roles } from '../domain/people/role.ts';
import { LOCKS } from './advisory-locks.ts';
import { roleScopes, roles, userRoles } from './schema.ts';
import { wholeNames } from './whole-names.ts';

const role = {
  name: roles.name,
  // Sorted as JavaScript does, whatever the database's collation.
  scopes: wholeNames(
    sql<string[]>`array(
      select ${roleScopes.scope} from ${roleScopes} where ${roleScopes.role} = ${roles.name} order by ${roleScopes.scope} collate "C"
    )`,
  ),
};

export const roleStore: Roles = {
  findPage: (db, after, limit) =>
    db
      .select(role)
      .from(roles)
      .where(after === null ? undefined : gt(roles.name, after))
      .orderBy(asc(roles.name))
      .limit(limit),

  async findNames(db) {
    const rows = await db.select().from(roles).orderBy(asc(roles.name));
    return rows.map(({ name }) => name);
  },

  async hold(tx, names) {
    if (names.length === 0) return [];
    const rows = await tx
      .select()
      .from(roles)
      .where(inArray(roles.name, [...names]))
      .for('key share');
    return rows.map(({ name }) => name);
  },

  async lock(tx, name) {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCKS.role}, hashtext(${name}))`);
    await tx.select().from(roles).where(eq(roles.name, name)).for('update');
    // By a statement of its own: the one that waits for a lock sees the scopes as they were before.
    const [found = null] = await tx
      .select({ ...role, withdrawal: roles.withdrawal })
      .from(roles)
      .where(eq(roles.name, name));
    return found;
  },

  async insert(tx, name) {
    await tx.insert(roles).values({ name });
  },

  async setScopes(tx, name, scopes, withdrawal) {
    // Waits for sign-ins and refreshes that have read what roles allow but haven't committed yet: after that their sessions can be found.
    // Not before lock(): a transaction that gives the role may wait for a sign-in, which would then wait for this lock.
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCKS.role})`);
    await tx.update(roles).set({ withdrawal }).where(eq(roles.name, name));
    await tx.delete(roleScopes).where(eq(roleScopes.role, name));
    if (scopes.length > 0) await tx.insert(roleScopes).values(scopes.map((scope) => ({ role: name, scope })));
  },

  async endWithdrawal(db, name, withdrawal) {
    await db
      .update(roles)
      .set({ withdrawal: null })
      .where(and(eq(roles.name, name), eq(roles.withdrawal, withdrawal)));
  },

  async findHolders(db, name, after, limit) {
    const { role, userId } = userRoles;
    const holders = db
      .select({ userId })
      .from(userRoles)
      .where(and(eq(role, name), gt(userId, after)));
    return (await holders.orderBy(asc(userId)).limit(limit)).map((holder) => holder.userId);
  },

  async isHeld(tx, name) {
    const rows = await tx.select().from(userRoles).where(eq(userRoles.role, name)).limit(1);
    return rows.length > 0;
  },

  async delete(tx, name) {
    await tx.delete(roles).where(eq(roles.name, name));
  },
};
