import { Problem } from '@countersign/problems';
import type { Administrator } from '../administrator.ts';
import { digestSecret } from '../random-secret.ts';
import { createClientSecret } from './client-secret.ts';
import type { CreateClientPorts } from './create-client.ts';

/**
 * Gives a client a new secret. The old one stays valid for a day or, with `revokeOld`, ends at once.
 *
 * @returns `null` when there is no such client
 * @throws Problem `conflict` for a client that has keys of its own
 */
export async function replaceClientSecret(
  { db, clients, clientDirectory, audit }: CreateClientPorts,
  id: string,
  { revokeOld }: { readonly revokeOld: boolean },
  by: Administrator,
): Promise<string | null> {
  const secret = createClientSecret();
  return await db.transaction(async (tx) => {
    const client = await clientDirectory.lock(tx, id);
    if (client === null) return null;
    if (client.authMethod !== 'client_secret')
      throw new Problem('conflict', { detail: 'This client authenticates with its own keys and has no secret.' });
    await clients.addSecret(tx, id, digestSecret(secret), { revokeOld });
    await audit.record(tx, { ...by, event: 'client_secret_created', subject: id, details: { revoke_old: revokeOld } });
    return secret;
  });
}
