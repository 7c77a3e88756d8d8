import { connect } from 'node:net';
import { findPostgresBin, findRedisServer, type Owner, startPostgres } from '@countersign/testing';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TestServers {
  /** The environment by which @countersign/testing finds its servers in the test files. */
  readonly env: NodeJS.ProcessEnv;
  /** A sentence for the end of the run: what embedded stand-ins leave unproven; `null` on real servers. */
  readonly uncovered: string | null;
  close(): Promise<void>;
}

/**
 * Real servers where there are any: those of DATABASE_URL and REDIS_URL, else this machine's programs. Postgres is started once for the
 * run; a redis-server starts in milliseconds, so each test file has its own.
 *
 * @throws Error with a readable message when nothing listens at a given URL
 */
export async function openServers(env: Environment): Promise<TestServers> {
  for (const name of ['DATABASE_URL', 'REDIS_URL']) await expectListener(name, env[name]);
  const missing: string[] = [];
  const closers: (() => unknown)[] = [];
  const found = { ...env };

  if (!env.DATABASE_URL) {
    const owner: Owner = { teardown: (close) => closers.push(close) };
    if (findPostgresBin() === null) missing.push('Postgres (install postgresql, or set DATABASE_URL)');
    else found.DATABASE_URL = (await startPostgres(owner)).url;
  }
  if (!env.REDIS_URL && findRedisServer() === null) missing.push('Redis (install redis-server, or set REDIS_URL)');

  return {
    env: found,
    uncovered:
      missing.length === 0
        ? null
        : `Embedded stand-ins ran in place of a real ${missing.join(' and a real ')}; left uncovered: behavior under faults and real concurrency.`,
    close: async () => {
      for (const close of closers) await close();
    },
  };
}

/** Reports a wrong URL once, instead of in every test file. */
async function expectListener(name: string, text: string | undefined): Promise<void> {
  if (!text) return;
  const url = URL.parse(text);
  if (url === null) throw new Error(`${name} is not a URL.`);
  const port = Number(url.port) || (name === 'REDIS_URL' ? 6379 : 5432);
  const socket = connect({ host: url.hostname, port, timeout: 3000 });
  const listens = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => resolve(false));
  });
  socket.destroy();
  if (!listens) throw new Error(`${name} is set, but nothing listens at ${url.hostname}:${port}.`);
}
