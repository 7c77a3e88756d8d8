import { randomBytes } from 'node:crypto';
import { connectRedis, type Server } from '@countersign/service';
import { loadConfig } from '@countersign/service/process';
import { holdToDocument, type Owner, type TestDatabase, type TestRedis, testDatabase, testRedis } from '@countersign/testing';
import { type AuthConfig, settings } from '../src/config.ts';
import { migrations } from '../src/migrations.ts';
import { startAuth } from '../src/start.ts';

export interface TestAuth {
  readonly config: AuthConfig;
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  readonly app: Server;
  /** Another instance on the same database and Redis, with the same secrets. */
  start(env?: Record<string, string>): Promise<Server>;
}

const secret = () => randomBytes(32).toString('base64');

/** The whole auth service on a database and a Redis of this file's own, not listening: `app.inject` speaks to it. */
export async function testAuth(owner: Owner, env: Record<string, string> = {}): Promise<TestAuth> {
  holdToDocument(owner);
  const database = await testDatabase(owner, { migrations });
  const redis = await testRedis(owner);
  const common = {
    ISSUER: 'http://localhost:8080',
    DATABASE_URL: database.url ?? 'postgres://embedded/auth',
    REDIS_URL: redis.url,
    KEY_ENCRYPTION_KEY: secret(),
    REFRESH_TOKEN_SECRET: secret(),
    LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
    LOG_LEVEL: 'fatal',
    ...env,
  };
  const start = async (more: Record<string, string> = {}) => {
    const config = loadConfig(settings, { ...common, ...more });
    const connection = connectRedis(redis.url, { keyPrefix: redis.keyPrefix });
    owner.teardown(() => connection.disconnect());
    const app = await startAuth({ config, db: database.db, redis: connection });
    owner.teardown(() => app.close());
    return { app, config };
  };
  const first = await start();
  return { ...first, database, redis, start: async (more) => (await start(more)).app };
}
