import type { Database } from '@countersign/service';
import { serviceAudience } from '@countersign/tokens';
import type { Clients } from './client.ts';
import { digestClientSecret } from './client-secret.ts';

/**
 * Makes the client of the stack's worker from the settings, so that the path from service to service exists without
 * an administrator. Running it again changes nothing; a different secret is a rotation, and the old one works for a day.
 */
export async function makeWorkerClient(
  { db, clients }: { readonly db: Database; readonly clients: Clients },
  {
    workerClientId: id,
    workerClientSecret: secret,
  }: { readonly workerClientId: string | null; readonly workerClientSecret: string | null },
): Promise<void> {
  if (id === null || secret === null) return;
  await db.transaction(async (tx) => {
    await clients.insert(tx, {
      id,
      name: 'worker',
      authMethod: 'client_secret',
      scopes: ['books:read', 'books:write'],
      audiences: [serviceAudience('books')],
      jwks: null,
    });
    await clients.addSecret(tx, id, digestClientSecret(secret), { revokeOld: false });
  });
}
