import { randomBytes } from 'node:crypto';
import { freePort, type Owner, startPostgres, startProcess, testRedis } from '@countersign/testing';
import { type AuthInstance, balanceJwks, startAuthInstance } from './auth-instance.ts';
import { ADMIN_ENV, BOOKS_MAIN } from './services.ts';

export const WORKER = { id: 'worker-1', secret: randomBytes(32).toString('hex') };

export interface RollingStack {
  readonly instances: readonly [AuthInstance, AuthInstance];
  readonly books: string;
}

/** Two instances of auth on one Postgres and one Redis, and books, each a process; a balancer serves the JWKS of both in turn. */
export async function startRollingStack(t: Owner, env: Readonly<Record<string, string>>): Promise<RollingStack> {
  const [authPostgres, booksPostgres, redis, portA, portB, booksPort] = await Promise.all([
    startPostgres(t),
    startPostgres(t),
    testRedis(t),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const authEnv = {
    ISSUER: 'http://localhost:8080',
    DATABASE_URL: authPostgres.url,
    REDIS_URL: redis.url,
    ...ADMIN_ENV,
    WORKER_CLIENT_ID: WORKER.id,
    WORKER_CLIENT_SECRET: WORKER.secret,
    LOGIN_ATTEMPTS_PER_ADDRESS: '1000000',
    LOG_LEVEL: 'warn',
    ...env,
  };
  const first = await startAuthInstance(t, portA, authEnv);
  const second = await startAuthInstance(t, portB, authEnv);
  const jwksUrl = await balanceJwks(t, [first, second]);
  const books = `http://127.0.0.1:${booksPort}`;
  await startProcess(t, BOOKS_MAIN, {
    env: {
      ISSUER: authEnv.ISSUER,
      JWKS_URL: jwksUrl,
      DATABASE_URL: booksPostgres.url,
      REDIS_URL: redis.url,
      PORT: String(booksPort),
      LOG_LEVEL: 'warn',
    },
    readyUrl: `${books}/readyz`,
  });
  return { instances: [first, second], books };
}
