import { Redis } from 'ioredis';
import type { Owner } from './owner.ts';
import { type StartedRedis, startRedis } from './redis-server.ts';
import { until } from './until.ts';

export interface RedisCluster {
  readonly nodes: readonly StartedRedis[];
  readonly url: string;
  ownerOf(key: string): Promise<StartedRedis>;
}

export interface RedisClusterOptions {
  readonly password?: string;
}

const LONG = { timeoutMs: 20_000, everyMs: 50 };
const FIRST_SLOTS = [0, 5461, 10_923] as const;
const SLOTS = 16_384;

/** Three masters that share the slots, each of which continues when another is gone. */
export async function startRedisCluster(owner: Owner, { password }: RedisClusterOptions = {}): Promise<RedisCluster> {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no'];
  const secured = password === undefined ? [] : ['--requirepass', password];
  const nodes = await Promise.all(FIRST_SLOTS.map(() => startRedis(owner, [...options, ...secured])));
  const clients = nodes.map(({ port }) => {
    const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, ...(password !== undefined && { password }) });
    client.on('error', () => {});
    owner.teardown(() => client.disconnect());
    return client;
  });
  const [first, ...others] = clients as [Redis, ...Redis[]];
  for (const [index, client] of clients.entries())
    await client.cluster('ADDSLOTSRANGE', Number(FIRST_SLOTS[index]), (FIRST_SLOTS[index + 1] ?? SLOTS) - 1);
  for (const other of others) await other.cluster('MEET', '127.0.0.1', Number(nodes[0]?.port));
  const isWhole = async (client: Redis) => /cluster_state:ok.*cluster_slots_assigned:16384/s.test(await client.cluster('INFO'));
  await until(async () => (await Promise.all([first, ...others].map(isWhole))).every(Boolean), LONG);
  return {
    nodes,
    url: `redis+cluster://${password === undefined ? '' : `:${password}@`}${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    async ownerOf(key) {
      const slot = await first.cluster('KEYSLOT', key);
      return nodes[FIRST_SLOTS.findLastIndex((from) => from <= slot)] as StartedRedis;
    },
  };
}
