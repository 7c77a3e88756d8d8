import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import { digestSecret } from '../random-secret.ts';
import type { FirstParty } from '../resource.ts';
import { type Clients, createClientId } from './client.ts';
import type { ClientDirectory, ClientFields, DirectoryClient } from './client-directory.ts';
import { parseClientFields } from './client-rules.ts';
import { createClientSecret } from './client-secret.ts';

export interface CreateClientPorts {
  readonly db: Database;
  readonly clients: Clients;
  readonly clientDirectory: ClientDirectory;
  readonly audit: Audit;
}

/** Registers a client. Its secret is shown only this once; `null` for one with keys of its own. */
export async function createClient(
  { db, clients, clientDirectory, audit }: CreateClientPorts,
  firstParty: FirstParty,
  input: ClientFields,
  by: Administrator,
): Promise<{ client: DirectoryClient; secret: string | null }> {
  const fields = parseClientFields(input, firstParty);
  const id = createClientId();
  const secret = fields.authMethod === 'client_secret' ? createClientSecret() : null;
  const client = await db.transaction(async (tx) => {
    await clients.insert(tx, { id, ...fields });
    if (secret !== null) await clients.addSecret(tx, id, digestSecret(secret), { revokeOld: true });
    await audit.record(tx, { ...by, event: 'client_created', subject: id, details: describeClient(fields) });
    return await clientDirectory.find(tx, id);
  });
  if (client === null) throw new Error('the new client is not in the directory');
  return { client, secret };
}

export function describeClient({ name, authMethod, scopes, audiences }: ClientFields): Readonly<Record<string, unknown>> {
  return { name, auth_method: authMethod, scopes, audiences };
}
