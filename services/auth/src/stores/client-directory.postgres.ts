import type { Database } from '@countersign/service';
import { desc, eq } from 'drizzle-orm';
import type { ClientDirectory, DirectoryClient } from '../domain/clients/client-directory.ts';
import { isOlder, placeInTime } from './chronology.ts';
import { clientSecrets, clients } from './schema.ts';

const directoryClient = {
  id: clients.id,
  name: clients.name,
  authMethod: clients.authMethod,
  scopes: clients.scopes,
  audiences: clients.audiences,
  jwks: clients.jwks,
  createdAt: clients.createdAt,
} satisfies Record<keyof DirectoryClient, unknown>;

export const clientDirectory: ClientDirectory = {
  findPage: (db, after, limit) =>
    db
      .select({ ...directoryClient, place: placeInTime(clients.createdAt, clients.id) })
      .from(clients)
      .where(isOlder(clients.createdAt, clients.id, after))
      .orderBy(desc(clients.createdAt), desc(clients.id))
      .limit(limit),

  find: (db, id) => read(find(db, id)),
  lock: (tx, id) => read(find(tx, id).for('update')),

  async change(tx, id, { name, authMethod, scopes, audiences, jwks }) {
    const fields = { name, authMethod, scopes: [...scopes], audiences: [...audiences], jwks: jwks && { keys: [...jwks.keys] } };
    await tx.update(clients).set(fields).where(eq(clients.id, id));
  },

  async forgetSecrets(tx, id) {
    await tx.delete(clientSecrets).where(eq(clientSecrets.clientId, id));
  },
};

function find(db: Database, id: string) {
  return db.select(directoryClient).from(clients).where(eq(clients.id, id));
}

async function read(rows: PromiseLike<DirectoryClient[]>): Promise<DirectoryClient | null> {
  return (await rows)[0] ?? null;
}
