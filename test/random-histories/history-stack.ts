import {
  freePort,
  type Owner,
  type StartedPostgres,
  type StartedRedis,
  startPostgres,
  startProcess,
  startRedis,
} from '@countersign/testing';
import { type AuthInstance, balanceJwks, startAuthInstance } from '../auth-instance.ts';
import { ADMIN_ENV, BOOKS_MAIN, newSecret } from '../services.ts';

/** A process that requests are sent to. */
export interface Server {
  readonly name: string;
  readonly origin: string;
  readonly service: 'auth' | 'books';
  isDown(): boolean;
}

export interface HistoryStack {
  readonly auth: readonly Server[];
  readonly books: readonly Server[];
  readonly instances: readonly [AuthInstance, AuthInstance];
  readonly redis: StartedRedis;
  readonly authPostgres: StartedPostgres;
  readonly booksPostgres: StartedPostgres;
}

/** So short that it is reached while Redis is down; the other books process has the default. */
const SHORT_STALENESS_SECONDS = '2';

/** Two processes of auth and two of books, on servers of their own that can be paused and killed. */
export async function startHistoryStack(t: Owner): Promise<HistoryStack> {
  const [authPostgres, booksPostgres, redis] = await Promise.all([startPostgres(t), startPostgres(t), startRedis(t)]);
  const shared = { ISSUER: 'http://localhost:8080', REDIS_URL: redis.url, LOG_LEVEL: 'warn' };
  const authEnv = {
    ...shared,
    ...ADMIN_ENV,
    DATABASE_URL: authPostgres.url,
    KEY_ENCRYPTION_KEY: newSecret(),
    REFRESH_TOKEN_SECRET: newSecret(),
    LOGIN_ATTEMPTS_PER_ADDRESS: '1000000',
    // Longer than any history: how long it lasts is not what is tried here, and machines differ.
    REFRESH_GRACE_SECONDS: '3600',
  };
  const first = await startAuthInstance(t, await freePort(), authEnv);
  const second = await startAuthInstance(t, await freePort(), authEnv);
  const booksEnv = { ...shared, DATABASE_URL: booksPostgres.url, JWKS_URL: await balanceJwks(t, [first, second]) };
  const books = [
    await startBooks(t, 'books A', booksEnv),
    await startBooks(t, 'books B', { ...booksEnv, REVOCATION_MAX_STALENESS_SECONDS: SHORT_STALENESS_SECONDS }),
  ];
  const auth = [asServer('auth A', first), asServer('auth B', second)];
  return { auth, books, instances: [first, second], redis, authPostgres, booksPostgres };
}

async function startBooks(t: Owner, name: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  await startProcess(t, BOOKS_MAIN, { env: { ...env, PORT: String(port) }, readyUrl: `${origin}/readyz` });
  return { name, origin, service: 'books', isDown: () => false };
}

function asServer(name: string, { origin, isDown }: AuthInstance): Server {
  return { name, origin, service: 'auth', isDown };
}
