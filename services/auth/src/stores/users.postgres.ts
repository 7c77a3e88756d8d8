import type { Database } from '@countersign/service';
import { and, eq, isNull, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Credentials, Users } from '../domain/people/user.ts';
import { inLowerCase, sessions, userRoles, users } from './schema.ts';
import { wholeNames } from './whole-names.ts';

/** A username is looked up regardless of case, by an index of its own. */
export function createUsers(db: Database): Users {
  const username = sql.placeholder('username');
  const credentials = db
    .select({ ...credentialColumns, knownNetwork: signedInFrom(sql.placeholder('network')) })
    .from(users)
    .where(eq(inLowerCase(users.username), inLowerCase(username)))
    .prepare('find_credentials');
  return {
    ...methods,
    async findCredentials(username, network) {
      const [row] = await credentials.execute({ username, network });
      return row ?? null;
    },
    async replaceHash(credentials, passwordHash) {
      const replaced = await db
        .update(users)
        .set({ passwordHash, updatedAt: sql`now()` })
        .where(isUnchanged(credentials))
        .returning({ id: users.id });
      return replaced.length === 1;
    },
  };
}

function isUnchanged({ id, passwordHash }: Credentials): SQL | undefined {
  return and(eq(users.id, id), eq(users.passwordHash, passwordHash), isNull(users.disabledAt));
}

const credentialColumns = {
  id: users.id,
  username: users.username,
  passwordHash: users.passwordHash,
  disabled: sql<boolean>`${users.disabledAt} is not null`,
};

const methods: Omit<Users, 'findCredentials' | 'replaceHash'> = {
  async insert(tx, user) {
    const [row] = await tx
      .insert(users)
      .values({ id: user.id, username: user.username, passwordHash: user.passwordHash })
      .onConflictDoNothing()
      .returning({ id: users.id });
    if (row === undefined) return false;
    if (user.roles.length > 0) await tx.insert(userRoles).values(user.roles.map((role) => ({ userId: user.id, role })));
    return true;
  },

  async findCredentialsById(db, id) {
    const [row] = await db.select(credentialColumns).from(users).where(eq(users.id, id));
    return row ?? null;
  },

  async lockUnchanged(tx, credentials) {
    const rows = await tx.select({ id: users.id }).from(users).where(isUnchanged(credentials)).for('no key update');
    return rows.length === 1;
  },

  async setPasswordHash(tx, id, passwordHash) {
    await tx.update(users).set({ passwordHash, updatedAt: sql`now()` }).where(eq(users.id, id));
  },

  async findProfile(db, id) {
    const [row] = await db.select({ id: users.id, username: users.username }).from(users).where(eq(users.id, id));
    return row ?? null;
  },

  async hasAny(db, role) {
    const rows = await db.select({ id: userRoles.userId }).from(userRoles).where(eq(userRoles.role, role)).limit(1);
    return rows.length > 0;
  },
};

/** Whether this user has signed in from the network before, by the sessions that are still stored. */
function signedInFrom(network: Placeholder) {
  // From the network's first address to its last, and not `<<=`: in a prepared statement only this uses the index.
  const last = sql`set_masklen(broadcast(${network}::inet), case family(${network}::inet) when 4 then 32 else 128 end)`;
  return wholeNames(
    sql<boolean>`exists (
      select from ${sessions} where ${sessions.userId} = ${users.id} and ${sessions.ip}::inet between ${network}::inet and ${last}
    )`,
  );
}
