import { rm } from 'node:fs/promises';
import { findRedisServer } from './machine.ts';
import type { Owner } from './owner.ts';
import { acceptsConnections, freePort } from './ports.ts';
import { newFolder } from './scratch.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { until } from './until.ts';

export interface StartedRedis {
  readonly url: string;
  readonly port: number;
  /** Where it persists its data, if its options say so. */
  readonly folder: string;
  pid(): number;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Ends it if it is still running, and starts it again on the same port; without persistence it comes back empty. */
  restart(): Promise<void>;
}

/**
 * A separate redis-server on a free port of 127.0.0.1, without persistence, gone with its owner.
 *
 * @param args - more of redis-server's own options, e.g. `['--maxmemory-policy', 'allkeys-lru']`
 */
export async function startRedis(owner: Owner, args: readonly string[] = []): Promise<StartedRedis> {
  const port = await freePort();
  const folder = newFolder('redis');
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--loglevel',
    'warning',
    '--dir',
    folder,
    ...args,
  ];
  let server = await runRedisServer(options, folder, port);
  const kill = async () => {
    server.signal('SIGCONT');
    await server.end('SIGKILL');
  };
  owner.teardown(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    pid: () => server.pid,
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    kill,
    async restart() {
      await kill();
      server = await runRedisServer(options, folder, port);
    },
  };
}

/** Resolves when the server accepts connections on `port`, which the options must name too. */
export async function runRedisServer(options: readonly string[], folder: string, port: number): Promise<ServerProcess> {
  const program = findRedisServer();
  if (program === null) throw new Error('this machine has no redis-server');
  const server = startServerProcess(program, options, folder);
  await until(() => server.hasEnded() || acceptsConnections(port), { timeoutMs: 10_000 });
  if (server.hasEnded()) throw new Error(`redis-server ended at its start: ${server.output()}`);
  return server;
}
