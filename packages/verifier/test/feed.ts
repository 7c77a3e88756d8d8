import { encodeRevocation, HEARTBEAT_KIND, REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY, type RevocationEntry } from '@countersign/tokens';
import type { Cluster, Redis } from 'ioredis';

/** Writes the list as the auth service would, as little of it as a verifier needs. */
export function createFeed(redis: Redis | Cluster) {
  const add = (fields: Record<string, string>) => redis.xadd(REVOCATION_STREAM_KEY, '*', ...Object.entries(fields).flat());
  return {
    setEpoch: (epoch: string) => redis.set(REVOCATION_EPOCH_KEY, epoch),
    beat: () => add({ kind: HEARTBEAT_KIND }),
    revoke: (entry: Partial<RevocationEntry> & Pick<RevocationEntry, 'kind' | 'id'>) =>
      add(encodeRevocation({ expiresAt: entry.kind === 'kid' ? null : nowSeconds() + 900, before: null, ...entry })),
    addRaw: add,
  };
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
