import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { findPostgresBin } from './machine.ts';
import type { Owner } from './owner.ts';
import { freePort } from './ports.ts';
import { childrenOf } from './process-tree.ts';
import { cacheFolder, newFolder } from './scratch.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export interface StartedPostgres {
  readonly url: string;
  readonly port: number;
  pid(): number;
  /** SIGSTOP to all its processes: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL to all its processes. */
  kill(): Promise<void>;
  /** Ends it if it is still running, and starts it again on the same port and data. */
  restart(): Promise<void>;
}

interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresOptions {
  /** Commits reach the disk, as in production. For measurements. */
  readonly durable?: boolean;
}

const SETTINGS = ['max_connections=200', 'unix_socket_directories=', 'listen_addresses=127.0.0.1'];

/**
 * Nothing here outlives its test, so nothing waits for a disk: what a killed process wrote stays in the system's memory. These tests are
 * not about a crash of the machine.
 */
const NOT_DURABLE = ['fsync=off', 'full_page_writes=off'];

/** A separate Postgres cluster on a free port of 127.0.0.1, from this machine's programs, gone with its owner. */
export function startPostgres(owner: Owner, { durable = false }: PostgresOptions = {}): Promise<StartedPostgres> {
  return startCluster(owner, durable ? [] : NOT_DURABLE, async ({ bin, user }, data) => {
    await run('cp', ['-a', await clusterTemplate(bin, user), data]);
  });
}

/** A hot standby of another cluster: it can be read, and takes no writes before it is promoted. */
export function startStandby(owner: Owner, primary: StartedPostgres): Promise<StartedPostgres> {
  return startCluster(owner, NOT_DURABLE, async ({ bin, user }, data) => {
    const options = ['--dbname', primary.url, '--pgdata', data, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
    await run(join(bin, 'pg_basebackup'), options, { ...user, cwd: dirname(data) });
  });
}

interface Machine {
  readonly bin: string;
  readonly user: SystemUser | undefined;
}

async function startCluster(
  owner: Owner,
  moreSettings: readonly string[],
  makeData: (machine: Machine, data: string) => Promise<void>,
): Promise<StartedPostgres> {
  const bin = findPostgresBin();
  if (bin === null) throw new Error('this machine has no Postgres programs');
  const user = unprivilegedUser();
  const folder = newFolder('postgres', user);
  const data = join(folder, 'data');
  await makeData({ bin, user }, data);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const options = ['-D', data, '-p', String(port), ...[...SETTINGS, ...moreSettings].flatMap((setting) => ['-c', setting])];
  const start = () => startAndWait(join(bin, 'postgres'), options, folder, user, url);

  let server = await start();
  const signalAll = (signal: NodeJS.Signals) => {
    if (server.hasEnded()) return;
    // The postmaster first: once stopped, it starts no new processes.
    server.signal(signal);
    for (const pid of childrenOf(server.pid)) signalIfAlive(pid, signal);
  };
  const kill = async () => {
    // Children of a paused server would stay paused, and once it has ended they are no longer found as its children.
    const children = server.hasEnded() ? [] : childrenOf(server.pid);
    await server.end('SIGKILL');
    for (const pid of children) signalIfAlive(pid, 'SIGKILL');
  };
  owner.teardown(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url,
    port,
    pid: () => server.pid,
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    kill,
    async restart() {
      await kill();
      // Processes of the old server can hold its shared memory for a moment, in which a new server exits at its start.
      server = await until(start, { timeoutMs: 30_000 });
    },
  };
}

/** `initdb` takes a second, a copy of its result a tenth of that. */
async function clusterTemplate(bin: string, user: SystemUser | undefined): Promise<string> {
  const version = (await run(join(bin, 'postgres'), ['--version'])).stdout.replace(/[^\d.]+/g, '-').replace(/^-|-$/g, '');
  const template = join(cacheFolder(), `cluster-${version}`);
  if (existsSync(template)) return template;
  const made = newFolder('initdb', user);
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '-D', join(made, 'data')];
  await run(join(bin, 'initdb'), options, { ...user, cwd: made });
  try {
    renameSync(join(made, 'data'), template);
  } catch (error) {
    // Another test file was faster; its cluster is as good.
    if (!existsSync(template)) throw error;
  }
  await rm(made, { recursive: true, force: true });
  return template;
}

async function startAndWait(
  program: string,
  options: readonly string[],
  folder: string,
  user: SystemUser | undefined,
  url: string,
): Promise<ServerProcess> {
  const server = startServerProcess(program, options, folder, user);
  const client = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    await until(async () => server.hasEnded() || (await client`select 1`), { timeoutMs: 20_000, everyMs: 50 });
  } finally {
    await client.end({ timeout: 1 });
  }
  if (server.hasEnded()) throw new Error(`postgres ended at its start: ${server.output()}`);
  return server;
}

/** Postgres refuses to run as root. */
function unprivilegedUser(): SystemUser | undefined {
  if (userInfo().uid !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (found === undefined) throw new Error('Postgres refuses to run as root, and there is neither a user postgres nor nobody');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
