import type { Owner } from '@countersign/testing';
import { startAuth } from '../src/start.ts';
import type { TestAuth } from './test-auth.ts';

/** Another instance on the same database and Redis, which gives calls so little time. */
export async function hastyAuth(owner: Owner, { config, database, redis }: TestAuth, handlerTimeoutMs: number) {
  const hasty = await startAuth({ config: Object.assign({ handlerTimeoutMs }, config), db: database.db, redis: redis.redis });
  owner.teardown(() => hasty.close());
  return hasty;
}
