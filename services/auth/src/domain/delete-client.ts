import { REVOCATION_STREAM_SECONDS } from '@countersign/tokens';
import type { Administrator } from './administrator.ts';
import type { RevokeClientPorts } from './revoke-client-tokens.ts';

/**
 * Removes a client, its secrets and all its tokens.
 *
 * @returns `false` when there is no such client
 */
export async function deleteClient(ports: RevokeClientPorts, id: string, by: Administrator): Promise<boolean> {
  const { db, clients, revocations, audit, feed } = ports;
  const deleted = await db.transaction(async (tx) => {
    const now = await clients.delete(tx, id);
    if (now === null) return false;
    // A token may be signed in this very moment by a call that read the client before it was gone: so this has no `before`.
    await revocations.revoke(tx, { kind: 'client', id, expiresAt: Math.ceil(now) + REVOCATION_STREAM_SECONDS, before: null });
    await audit.record(tx, { ...by, event: 'client_deleted', subject: id });
    return true;
  });
  if (deleted) await feed.flush();
  return deleted;
}
