import type { RevocationEntry } from '@countersign/tokens';
import t from 'tap';
import { type RevokeClientPorts, revokeClientTokens } from '../../../src/domain/clients/revoke-client-tokens.ts';

t.test('where every commit comes too late, the client’s tokens are revoked six times, and the call ends', async (t) => {
  let second = 1_800_000_000;
  const befores: (number | null)[] = [];
  const flushed: number[] = [];
  const ports = {
    db: { transaction: (work: (tx: object) => Promise<unknown>) => work({}) },
    clients: {
      moveNotBefore: async () => second + 1,
      find: async () => {
        second += 1;
        return { client: { tokensNotBefore: second }, secretDigests: [], now: second };
      },
    },
    revocations: { revoke: async (_tx: object, { before }: RevocationEntry) => void befores.push(before) },
    audit: { record: async () => {} },
    feed: { flush: async () => void flushed.push(befores.length) },
  } as unknown as RevokeClientPorts;
  t.ok(await revokeClientTokens(ports, 'c-1', { actor: null, ip: null, requestId: null }));
  t.strictSame(
    befores,
    [1, 2, 3, 4, 5, 6].map((n) => 1_800_000_000 + n),
  );
  t.strictSame(flushed, [6]);
});
