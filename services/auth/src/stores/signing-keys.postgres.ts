import type { Database } from '@countersign/service';
import { asc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { LockedSigningKeys, SigningKeyRecord, SigningKeyStore } from '../domain/keys/signing-key-store.ts';
import { LOCKS } from './advisory-locks.ts';
import { readClock } from './read-clock.ts';
import { revokeMany } from './revocations.postgres.ts';
import { signingKeys } from './schema.ts';

const { encryptedPrivateKey: _private, ...recordColumns } = getTableColumns(signingKeys);

export function createSigningKeyStore(db: Database): SigningKeyStore {
  return {
    locked: (work) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`select pg_advisory_xact_lock(${LOCKS.keys})`);
        return work(await lockedKeys(tx));
      }),
    list: () => list(db),
    readStored: async () => {
      const read = db.select().from(signingKeys).orderBy(asc(signingKeys.createdAt), asc(signingKeys.kid));
      const [now, rows] = await Promise.all([readClock(db), read]);
      return { now, keys: rows.map(({ encryptedPrivateKey, ...record }) => ({ record, encryptedPrivateKey })) };
    },
  };
}

function list(db: Database): Promise<SigningKeyRecord[]> {
  return db.select(recordColumns).from(signingKeys);
}

async function lockedKeys(tx: Database): Promise<LockedSigningKeys> {
  return {
    tx,
    now: await readClock(tx),
    records: await list(tx),
    insert: async ({ kid, alg, publicJwk }, encryptedPrivateKey, { state, signableAt, rotateAt }) => {
      const activatedAt = state === 'active' ? signableAt : null;
      await tx.insert(signingKeys).values({ kid, alg, publicJwk, state, signableAt, rotateAt, activatedAt, encryptedPrivateKey });
    },
    update: async (kid, fields) => {
      await tx.update(signingKeys).set(fields).where(eq(signingKeys.kid, kid));
    },
    forgetPrivateKey: async (kid) => {
      await tx.update(signingKeys).set({ encryptedPrivateKey: null }).where(eq(signingKeys.kid, kid));
    },
    delete: async (kid) => {
      await tx.delete(signingKeys).where(eq(signingKeys.kid, kid));
    },
    encryptedPrivateKeys: async () => {
      const rows = await tx.select().from(signingKeys);
      return rows.flatMap(({ kid, encryptedPrivateKey }) => (encryptedPrivateKey === null ? [] : [{ kid, encryptedPrivateKey }]));
    },
    replaceEncryptedPrivateKey: async (kid, encryptedPrivateKey) => {
      await tx.update(signingKeys).set({ encryptedPrivateKey }).where(eq(signingKeys.kid, kid));
    },
    revoke: (entry) => revokeMany(tx, entry),
  };
}
