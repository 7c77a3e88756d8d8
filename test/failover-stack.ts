import {
  freePort,
  type Owner,
  type ReplicatedPostgres,
  type StartedProcess,
  startProcess,
  startReplicatedPostgres,
  startTcpProxy,
  testRedis,
} from '@countersign/testing';
import { ADMIN_ENV, AUTH_MAIN, BOOKS_MAIN, newSecret } from './services.ts';

/** How the services know where Postgres is: both addresses in DATABASE_URL, or one whose proxy is moved. */
export type Addressing = 'two addresses' | 'one address';

export interface FailoverStack extends ReplicatedPostgres {
  readonly auth: string;
  readonly books: string;
  readonly processes: readonly StartedProcess[];
  /** Where there is one address, new connections lead to the standby from now on; those that are open stay. */
  move(): void;
}

/** Auth and books as processes, each with a database of its own on one primary, which has a standby. */
export async function startFailoverStack(t: Owner, addressing: Addressing): Promise<FailoverStack> {
  const [postgres, redis, authPort, booksPort] = await Promise.all([startReplicatedPostgres(t), testRedis(t), freePort(), freePort()]);
  const { primary, standby } = postgres;
  const proxy = await startTcpProxy(t, primary.port);
  const ports = addressing === 'one address' ? [proxy.port] : [primary.port, standby.port];
  const databaseUrl = (name: string) =>
    `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${name}?target_session_attrs=read-write`;
  for (const name of ['auth', 'books']) await postgres.createDatabase(name);
  const shared = { ISSUER: 'http://localhost:8080', REDIS_URL: redis.url, LOG_LEVEL: 'warn' };
  const auth = `http://127.0.0.1:${authPort}`;
  const books = `http://127.0.0.1:${booksPort}`;
  const authProcess = await startProcess(t, AUTH_MAIN, {
    env: { ...shared, ...authSecrets(), DATABASE_URL: databaseUrl('auth'), PORT: String(authPort), LOGIN_ATTEMPTS_PER_ADDRESS: '1000000' },
    readyUrl: `${auth}/readyz`,
  });
  const booksProcess = await startProcess(t, BOOKS_MAIN, {
    env: { ...shared, DATABASE_URL: databaseUrl('books'), JWKS_URL: `${auth}/.well-known/jwks.json`, PORT: String(booksPort) },
    readyUrl: `${books}/readyz`,
  });
  return { ...postgres, auth, books, processes: [authProcess, booksProcess], move: () => proxy.moveTo(standby.port) };
}

/** Tries to start auth where it cannot run. */
export async function startAuthOn(t: Owner, databaseUrl: string): Promise<StartedProcess> {
  const { url: redisUrl } = await testRedis(t);
  const env = { ISSUER: 'http://localhost:8080', REDIS_URL: redisUrl, PORT: String(await freePort()), DATABASE_URL: databaseUrl };
  return startProcess(t, AUTH_MAIN, { env: { ...env, ...authSecrets() } });
}

function authSecrets() {
  return { KEY_ENCRYPTION_KEY: newSecret(), REFRESH_TOKEN_SECRET: newSecret(), ...ADMIN_ENV };
}
