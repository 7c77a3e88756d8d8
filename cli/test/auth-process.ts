import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connectPostgres, type Database } from '@countersign/service';
import { freePort, type Owner, type StartedProcess, startPostgres, startProcess, testRedis } from '@countersign/testing';
import { type Given, type Ran, run } from './stack.ts';

export interface AuthProcess {
  readonly origin: string;
  /** To change what only time or a fault would. */
  readonly db: Database;
  /** One command line as the administrator, at no terminal unless lines are typed. */
  cli(args: string, given?: Given): Promise<Ran>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port and database. */
  restart(): Promise<void>;
}

export const ADMIN = { username: 'chief', password: 'a long enough password' } as const;

const MAIN = fileURLToPath(new URL('../../services/auth/src/main.ts', import.meta.url));
const secret = () => randomBytes(32).toString('base64');

/** Auth as an operator runs it: a process on a Postgres and a Redis of its own. */
export async function startAuthProcess(owner: Owner): Promise<AuthProcess> {
  const [server, redis, port] = [await startPostgres(owner), await testRedis(owner), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    ISSUER: origin,
    PORT: String(port),
    DATABASE_URL: server.url,
    REDIS_URL: redis.url,
    KEY_ENCRYPTION_KEY: secret(),
    REFRESH_TOKEN_SECRET: secret(),
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
  };
  const start = () => startProcess(owner, MAIN, { env, readyUrl: `${origin}/readyz` });
  let auth: StartedProcess = await start();
  const { db, close } = connectPostgres(server.url);
  owner.teardown(close);
  const signIn = { COUNTERSIGN_URL: origin, COUNTERSIGN_USERNAME: ADMIN.username, COUNTERSIGN_PASSWORD: ADMIN.password };
  return {
    origin,
    db,
    cli: (args, given = {}) => run(args.split(' '), { ...given, env: { ...signIn, ...given.env } }),
    async kill() {
      auth.signal('SIGKILL');
      await auth.exit;
    },
    async restart() {
      auth = await start();
    },
  };
}
