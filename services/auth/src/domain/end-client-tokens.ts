import type { Database } from '@countersign/service';
import type { Administrator } from './administrator.ts';
import type { Clients } from './client.ts';
import type { Audit, RevocationFeed, Revocations } from './ports.ts';
import { deleteClient, revokeClientTokens } from './revoke-client-tokens.ts';

export interface EndClientTokensPorts {
  readonly db: Database;
  readonly clients: Clients;
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly audit: Audit;
}

const MAX_REPEATS = 5;

/**
 * Ends all tokens of a client, which goes on and may get new ones.
 *
 * @returns `false` when there is no such client
 */
export async function endClientTokens(ports: EndClientTokensPorts, id: string, by: Administrator): Promise<boolean> {
  const ended = await ports.db.transaction(async (tx) => {
    if (!(await revokeClientTokens(tx, ports, id))) return false;
    await ports.audit.record(tx, { ...by, event: 'client_tokens_ended', subject: id });
    return true;
  });
  if (ended) await coverSlowCommit(ports, id);
  return ended;
}

/**
 * Removes a client; its tokens end.
 *
 * @returns `false` when there is no such client
 */
export async function removeClient(ports: EndClientTokensPorts, id: string, by: Administrator): Promise<boolean> {
  const deleted = await ports.db.transaction(async (tx) => {
    if (!(await deleteClient(tx, ports, id))) return false;
    await ports.audit.record(tx, { ...by, event: 'client_deleted', subject: id });
    return true;
  });
  if (deleted) await ports.feed.flush();
  return deleted;
}

/**
 * Flushes the feed, after a revocation up to the coming second. When the commit came only after that second had begun, a
 * token may have been signed in it by who read the client from before: then another revocation covers that one, too.
 */
export async function coverSlowCommit(ports: EndClientTokensPorts, id: string): Promise<void> {
  for (let repeats = 0; repeats < MAX_REPEATS; repeats += 1) {
    const reading = await ports.clients.find(id);
    if (reading === null || reading.now < reading.client.tokensNotBefore) break;
    await ports.db.transaction((tx) => revokeClientTokens(tx, ports, id));
  }
  await ports.feed.flush();
}
