import { findGateway, findPostgresBin, findPython, findRedisServer, givenDatabaseUrl, givenRedisUrl } from './machine.ts';

/** `faults` are servers of the test's own, which can be paused and killed. */
export type RealThing = 'postgres' | 'redis' | 'faults' | 'nginx' | 'caddy' | 'python';

interface Skippable {
  pass(message: string, extra: { skip: string }): unknown;
  fail(reason: string): unknown;
}

const isHere = {
  postgres: () => givenDatabaseUrl() !== null || findPostgresBin() !== null,
  redis: () => givenRedisUrl() !== null || findRedisServer() !== null,
  faults: () => findPostgresBin() !== null && findRedisServer() !== null,
  nginx: () => findGateway('nginx') !== null,
  caddy: () => findGateway('caddy') !== null,
  python: () => findPython() !== null,
} satisfies Record<RealThing, () => boolean>;

const missing = {
  postgres: 'a real Postgres: set DATABASE_URL or install postgresql',
  redis: 'a real Redis: set REDIS_URL or install redis-server',
  faults: "servers of the test's own to pause and kill: install postgresql and redis-server",
  nginx: 'nginx: install nginx-light',
  caddy: 'caddy: install caddy',
  python: 'Python with cryptography, flask, jwt and redis: install python3-flask, python3-jwt, python3-cryptography and python3-redis',
} satisfies Record<RealThing, string>;

/**
 * Says that a test proves nothing on a stand-in. Where the real thing is missing, the test is skipped with the reason; with CI=true, where
 * nothing may be skipped, it fails.
 *
 * @returns whether to continue: `if (!needsReal(t, 'faults')) return;`
 */
export function needsReal(t: Skippable, thing: RealThing): boolean {
  if (isHere[thing]()) return true;
  const reason = `needs ${missing[thing]}`;
  if (process.env.CI === 'true') t.fail(reason);
  else t.pass(thing, { skip: reason });
  return false;
}
