import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Owner } from './owner.ts';
import { freePort } from './ports.ts';
import { runRedisServer, type StartedRedis, startRedis } from './redis-server.ts';
import { newFolder } from './scratch.ts';
import { until } from './until.ts';

export interface ReplicatedRedis {
  readonly master: StartedRedis;
  readonly replica: StartedRedis;
  readonly sentinelPort: number;
}

const LONG = { timeoutMs: 20_000, everyMs: 50 };

/** A master, its replica, and one sentinel that decides alone and knows the master as `mymaster`. Ready for a failover. */
export async function startReplicatedRedis(owner: Owner): Promise<ReplicatedRedis> {
  // Otherwise the master waits 5 s for more replicas before it sends its data.
  const master = await startRedis(owner, ['--repl-diskless-sync-delay', '0']);
  const replica = await startRedis(owner, ['--replicaof', '127.0.0.1', String(master.port)]);
  // A sentinel asks the master for its replicas when it starts, and then only every 10 s.
  await replies(owner, replica.port, ['INFO', 'replication'], 'master_link_status:up');
  const sentinelPort = await startSentinel(owner, master.port);
  await replies(owner, sentinelPort, ['SENTINEL', 'REPLICAS', 'mymaster'], 'master-link-status,ok');
  return { master, replica, sentinelPort };
}

/** As a sentinel, redis-server needs a configuration file, which it rewrites. */
async function startSentinel(owner: Owner, masterPort: number): Promise<number> {
  const port = await freePort();
  const folder = newFolder('sentinel');
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor mymaster 127.0.0.1 ${masterPort} 1`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 2000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const sentinel = await runRedisServer([file, '--sentinel'], folder, port);
  owner.teardown(async () => {
    await sentinel.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return port;
}

async function replies(owner: Owner, port: number, [command, ...args]: readonly [string, ...string[]], part: string): Promise<void> {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
  redis.on('error', () => {});
  owner.teardown(() => redis.disconnect());
  await until(async () => String(await redis.call(command, ...args)).includes(part), LONG);
}
