import { spawnSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Folders outside PATH in which Debian and Homebrew put Postgres's programs. */
const POSTGRES_FOLDERS = ['/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql@*/bin', '/usr/local/opt/postgresql@*/bin'];

/** COUNTERSIGN_TEST_SERVERS=embedded ignores all that the machine has. */
const onlyEmbedded = () => process.env.COUNTERSIGN_TEST_SERVERS === 'embedded';

export function findRedisServer(): string | null {
  return onlyEmbedded() ? null : findOnPath('redis-server');
}

/** The folder with `initdb` and `postgres` of the newest version on this machine, or `null`. */
export function findPostgresBin(): string | null {
  if (onlyEmbedded()) return null;
  const installed = globSync(POSTGRES_FOLDERS)
    .filter((folder) => isExecutable(join(folder, 'initdb')))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const initdb = findOnPath('initdb');
  return installed.at(-1) ?? (initdb === null ? null : dirname(initdb));
}

export function findGateway(program: 'nginx' | 'caddy'): string | null {
  return onlyEmbedded() ? null : findOnPath(program);
}

/** A Python with what docs/other-languages.md uses, or `null`. Debian's packages are for its own Python, whatever else is on PATH. */
export function findPython(): string | null {
  if (onlyEmbedded()) return null;
  const programs = ['/usr/bin/python3', findOnPath('python3')].filter((program) => program !== null);
  return programs.find((program) => spawnSync(program, ['-c', 'import cryptography, flask, jwt, redis']).status === 0) ?? null;
}

/** Debian's nginx is in a folder that is only on root's PATH. */
function findOnPath(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** DATABASE_URL: a Postgres on which tests may create databases. */
export function givenDatabaseUrl(): string | null {
  return onlyEmbedded() ? null : process.env.DATABASE_URL || null;
}

export function givenRedisUrl(): string | null {
  return onlyEmbedded() ? null : process.env.REDIS_URL || null;
}
