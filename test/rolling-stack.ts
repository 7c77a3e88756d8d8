import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort, type Owner, type StartedProcess, startPostgres, startProcess, testRedis } from '@countersign/testing';
import { ADMIN_ENV, AUTH_MAIN, BOOKS_MAIN } from './services.ts';

export const WORKER = { id: 'worker-1', secret: randomBytes(32).toString('hex') };

/** One process of auth, which can be stopped and started again with other settings, on the same port. */
export interface AuthInstance {
  readonly origin: string;
  /** True from before the signal to stop until it is ready again. */
  isDown(): boolean;
  restart(env: Readonly<Record<string, string>>): Promise<void>;
}

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
  const first = await startInstance(t, portA, authEnv);
  const second = await startInstance(t, portB, authEnv);
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

async function startInstance(t: Owner, port: number, env: Readonly<Record<string, string>>): Promise<AuthInstance> {
  const origin = `http://127.0.0.1:${port}`;
  const start = (more: Readonly<Record<string, string>>): Promise<StartedProcess> =>
    startProcess(t, AUTH_MAIN, { env: { ...env, PORT: String(port), ...more }, readyUrl: `${origin}/readyz` });
  let running = await start({});
  let isDown = false;
  return {
    origin,
    isDown: () => isDown,
    async restart(more) {
      isDown = true;
      await running.stop();
      running = await start(more);
      isDown = false;
    },
  };
}

/** Like a gateway: one instance after the other, skipping the one that is down. */
async function balanceJwks(t: Owner, instances: RollingStack['instances']): Promise<string> {
  let turn = 0;
  const server = createServer((request, response) => {
    turn += 1;
    const up = instances.filter((instance) => !instance.isDown());
    const { origin } = up[turn % up.length] ?? instances[0];
    const { 'cache-control': cacheControl } = request.headers;
    fetch(`${origin}/.well-known/jwks.json`, { headers: cacheControl === undefined ? {} : { 'cache-control': cacheControl } })
      .then(async (answer) => {
        const body = await answer.text();
        response.writeHead(answer.status, { 'cache-control': answer.headers.get('cache-control') ?? '' }).end(body);
      })
      .catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
