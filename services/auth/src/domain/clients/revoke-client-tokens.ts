import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import { entryForTokensBefore } from '../revocation/revocation-entries.ts';
import type { RevocationFeed, Revocations } from '../revocation/revocations.ts';
import type { Clients } from './client.ts';

export interface RevokeClientPorts {
  readonly db: Database;
  readonly clients: Clients;
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly audit: Audit;
}

const MAX_REPEATS = 5;

/** Ends all tokens of a client, which may get new ones. @returns `false` when there is no such client */
export async function revokeClientTokens(ports: RevokeClientPorts, id: string, by: Administrator): Promise<boolean> {
  const ended = await ports.db.transaction(async (tx) => {
    if (!(await recordClientRevocation(tx, ports, id))) return false;
    await ports.audit.record(tx, { ...by, event: 'client_tokens_ended', subject: id });
    return true;
  });
  if (ended) await coverSlowCommit(ports, id);
  return ended;
}

/**
 * Ends all tokens of a client by one entry, in the caller's transaction. Call `coverSlowCommit` after the commit.
 *
 * @returns `false` when there is no such client
 */
export async function recordClientRevocation(
  tx: Database,
  { clients, revocations }: Pick<RevokeClientPorts, 'clients' | 'revocations'>,
  id: string,
): Promise<boolean> {
  const before = await clients.moveNotBefore(tx, id);
  if (before === null) return false;
  await revocations.revoke(tx, entryForTokensBefore('client', id, before));
  return true;
}

/**
 * Flushes the feed, but first revokes again if the commit came too late: once the second `before` has begun, a call that read the client
 * before the commit may have signed a token in that second, which the revocation doesn't cover.
 */
export async function coverSlowCommit(ports: RevokeClientPorts, id: string): Promise<void> {
  for (let repeats = 0; repeats < MAX_REPEATS; repeats += 1) {
    const reading = await ports.clients.find(id);
    if (reading === null || reading.now < reading.client.tokensNotBefore) break;
    await ports.db.transaction((tx) => recordClientRevocation(tx, ports, id));
  }
  await ports.feed.flush();
}
