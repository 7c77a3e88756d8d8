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

/** Keeps strangers out. All servers reach each other by TLS alone, though their plain ports are open as well. */
export interface SecuredRedis {
  readonly keyFile: string;
  /** PEM, self-signed. */
  readonly certificateFile: string;
  readonly password: string;
  readonly sentinelPassword: string;
}

export interface ReplicatedRedisOptions {
  readonly secured?: SecuredRedis;
}

const LONG = { timeoutMs: 20_000, everyMs: 50 };

/** A master, its replica, and one sentinel that decides alone and knows the master as `mymaster`; ready for a failover. */
export async function startReplicatedRedis(owner: Owner, { secured }: ReplicatedRedisOptions = {}): Promise<ReplicatedRedis> {
  const password = secured?.password;
  const [masterTls, replicaTls] = [await tlsLines(secured), await tlsLines(secured)];
  const shared = password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`];
  // Otherwise the master waits 5 s for more replicas before it sends its data.
  const master = await startRedis(owner, toArguments(['repl-diskless-sync-delay 0', ...shared, ...masterTls.lines]));
  const masterPort = masterTls.port ?? master.port;
  const replica = await startRedis(owner, toArguments([`replicaof 127.0.0.1 ${masterPort}`, ...shared, ...replicaTls.lines]));
  // A sentinel asks the master for its replicas when it starts, and then only every 10 s.
  await replies(owner, { port: replica.port, password }, ['INFO', 'replication'], 'master_link_status:up');
  const sentinelPort = await startSentinel(owner, masterPort, secured);
  return { master, replica, sentinelPort };
}

/** As a sentinel, redis-server needs a configuration file, which it rewrites. */
async function startSentinel(owner: Owner, masterPort: number, secured: SecuredRedis | undefined): Promise<number> {
  const port = await freePort();
  const folder = newFolder('sentinel');
  const file = join(folder, 'sentinel.conf');
  const tls = await tlsLines(secured);
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor mymaster 127.0.0.1 ${masterPort} 1`,
    // On a busy machine a healthy master may be silent for a second.
    'sentinel down-after-milliseconds mymaster 2000',
    'sentinel failover-timeout mymaster 2000',
    ...tls.lines,
    ...(secured === undefined ? [] : [`requirepass ${secured.sentinelPassword}`, `sentinel auth-pass mymaster ${secured.password}`]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const sentinel = await runRedisServer([file, '--sentinel'], folder, port);
  owner.teardown(async () => {
    await sentinel.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  await replies(owner, { port, password: secured?.sentinelPassword }, ['SENTINEL', 'REPLICAS', 'mymaster'], 'master-link-status,ok');
  return tls.port ?? port;
}

async function tlsLines(secured: SecuredRedis | undefined): Promise<{ readonly port: number | null; readonly lines: readonly string[] }> {
  if (secured === undefined) return { port: null, lines: [] };
  const { keyFile, certificateFile } = secured;
  const port = await freePort();
  const files = [`tls-key-file ${keyFile}`, `tls-cert-file ${certificateFile}`, `tls-ca-cert-file ${certificateFile}`];
  return { port, lines: [`tls-port ${port}`, 'tls-replication yes', 'tls-auth-clients no', ...files] };
}

/** Turns lines of a configuration file into command-line options. */
function toArguments(lines: readonly string[]): string[] {
  return lines.flatMap((line) => `--${line}`.split(' '));
}

interface Asked {
  readonly port: number;
  readonly password: string | undefined;
}

async function replies(
  owner: Owner,
  { port, password }: Asked,
  [command, ...args]: readonly [string, ...string[]],
  part: string,
): Promise<void> {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, ...(password !== undefined && { password }) });
  redis.on('error', () => {});
  owner.teardown(() => redis.disconnect());
  await until(async () => String(await redis.call(command, ...args)).includes(part), LONG);
}
