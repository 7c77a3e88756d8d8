import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { PasswordResets } from '../domain/people/password-reset.ts';
import { passwordResets, users } from './schema.ts';

export const passwordResetStore: PasswordResets = {
  async insert(tx, { digest, userId, lifeSeconds }) {
    const [row] = await tx
      .insert(passwordResets)
      .values({ digest, userId, expiresAt: sql`now() + ${lifeSeconds} * interval '1 second'` })
      .returning({ expiresAt: passwordResets.expiresAt });
    if (row === undefined) throw new Error('the database returned no password reset');
    return row.expiresAt;
  },

  async findUser(db, digest) {
    const [row] = await db
      .select({ id: users.id, username: users.username })
      .from(passwordResets)
      .innerJoin(users, eq(users.id, passwordResets.userId))
      .where(and(eq(passwordResets.digest, digest), gt(passwordResets.expiresAt, sql`now()`), isNull(users.disabledAt)));
    return row ?? null;
  },

  async use(tx, { digest, userId }) {
    // The user first, as everywhere: two tokens of one user, used at once, would otherwise deadlock.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
    const used = await tx
      .delete(passwordResets)
      .where(eq(passwordResets.userId, userId))
      .returning({ digest: passwordResets.digest, isInTime: sql<boolean>`${passwordResets.expiresAt} > now()` });
    return used.some((reset) => reset.isInTime && digest.equals(reset.digest));
  },

  async forget(tx, userId) {
    await tx.delete(passwordResets).where(eq(passwordResets.userId, userId));
  },
};
