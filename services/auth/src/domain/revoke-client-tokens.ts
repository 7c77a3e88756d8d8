import type { Database } from '@countersign/service';
import { REVOCATION_STREAM_SECONDS } from '@countersign/tokens';
import type { Clients } from './client.ts';
import type { Revocations } from './ports.ts';

export interface ClientRevocationPorts {
  readonly clients: Clients;
  readonly revocations: Revocations;
}

/**
 * Refuses all tokens that a client has, and lets it go on with new ones: one entry, whatever their number, since no token
 * has a row. In the caller's transaction; flush the feed after the commit.
 *
 * @returns `false` when there is no such client
 */
export async function revokeClientTokens(tx: Database, { clients, revocations }: ClientRevocationPorts, id: string): Promise<boolean> {
  const before = await clients.startAnew(tx, id);
  if (before === null) return false;
  await revocations.revoke(tx, { kind: 'client', id, expiresAt: before + REVOCATION_STREAM_SECONDS, before });
  return true;
}

/**
 * Removes a client, its secrets and all its tokens. In the caller's transaction; flush the feed after the commit.
 *
 * @returns `false` when there is no such client
 */
export async function deleteClient(tx: Database, { clients, revocations }: ClientRevocationPorts, id: string): Promise<boolean> {
  const now = await clients.delete(tx, id);
  if (now === null) return false;
  // A token may be signed in this very moment by whoever read the client before it was gone.
  await revocations.revoke(tx, { kind: 'client', id, expiresAt: Math.ceil(now) + REVOCATION_STREAM_SECONDS, before: null });
  return true;
}
