import type { Administrator } from '../administrator.ts';
import { entryForAllTokens } from '../revocation/revocation-entries.ts';
import type { RevokeClientPorts } from './revoke-client-tokens.ts';

/** Deletes a client, its secrets and all its tokens. @returns `false` when there is no such client */
export async function deleteClient(ports: RevokeClientPorts, id: string, by: Administrator): Promise<boolean> {
  const { db, clients, revocations, audit, feed } = ports;
  const deleted = await db.transaction(async (tx) => {
    const now = await clients.delete(tx, id);
    if (now === null) return false;
    // Without a `before`: a call that read the client earlier may still sign a token after this.
    await revocations.revoke(tx, entryForAllTokens('client', id, now));
    await audit.record(tx, { ...by, event: 'client_deleted', subject: id });
    return true;
  });
  if (deleted) await feed.flush();
  return deleted;
}
