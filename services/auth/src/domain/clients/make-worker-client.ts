import type { Database } from '@countersign/service';
import { serviceAudience } from '@countersign/tokens';
import { BY_SETTINGS } from '../administrator.ts';
import type { Audit, AuditTrail } from '../audit.ts';
import type { Log } from '../log.ts';
import { digestSecret } from '../random-secret.ts';
import type { Clients } from './client.ts';
import type { ClientFields } from './client-directory.ts';
import { describeClient } from './create-client.ts';

interface WorkerClientPorts {
  readonly db: Database;
  readonly clients: Clients;
  readonly audit: Audit & AuditTrail;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Makes the client of the stack's worker from the settings, so that service-to-service calls work without an administrator. Idempotent, and
 * a client that an administrator deleted is not made again. A different secret is a rotation: the old one works for another day. A replaced
 * secret isn't revived, since it may have been stolen.
 */
export async function makeWorkerClient(
  { db, clients, audit, log }: WorkerClientPorts,
  {
    workerClientId: id,
    workerClientSecret: secret,
  }: { readonly workerClientId: string | null; readonly workerClientSecret: string | null },
): Promise<void> {
  if (id === null || secret === null) return;
  if (await audit.hasHappened(db, 'client_deleted', id))
    return log.warn(
      { client: id },
      'the client that WORKER_CLIENT_ID names was deleted and is not created again: choose another id, or unset WORKER_CLIENT_ID and WORKER_CLIENT_SECRET',
    );
  await db.transaction(async (tx) => {
    const isNew = await clients.insert(tx, { id, ...WORKER });
    if (isNew) await audit.record(tx, { ...BY_SETTINGS, event: 'client_created', subject: id, details: describeClient(WORKER) });
    const digest = digestSecret(secret);
    const isOther = await clients.addSecret(tx, id, digest, { revokeOld: false });
    if (isOther && !isNew)
      await audit.record(tx, { ...BY_SETTINGS, event: 'client_secret_created', subject: id, details: { revoke_old: false } });
    const endsAt = isOther ? null : await clients.findSecretEnd(tx, id, digest);
    if (endsAt !== null)
      log.warn(
        { client: id, endsAt },
        'WORKER_CLIENT_SECRET has been replaced by another secret and stops working at endsAt: set a new one',
      );
  });
}

const WORKER: ClientFields = {
  name: 'worker',
  authMethod: 'client_secret',
  scopes: ['books:read', 'books:write'],
  audiences: [serviceAudience('books')],
  jwks: null,
};
