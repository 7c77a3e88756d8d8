import { once } from 'node:events';
import { StartError } from '@countersign/problems';
import type { Redis } from './redis.ts';

const ANSWER_MS = 1000;

/**
 * Refuses to start on js-redis-server, which keeps everything in the memory of one process, and is there for `npm start` and tests. A Redis
 * that doesn't answer now, or refuses the question, counts as a real one.
 *
 * @throws StartError
 */
export async function refuseRedisStandIn(redis: Redis): Promise<void> {
  if (!(await describeServer(redis)).includes('multiplexing_api:mock')) return;
  throw new StartError(
    'REDIS_URL leads to js-redis-server, a stand-in that keeps revocations in memory only. Set it to a real Redis, or run the whole stack on stand-ins with `npm start`.',
  );
}

async function describeServer(redis: Redis): Promise<string> {
  try {
    if (redis.status !== 'ready') await once(redis, 'ready', { signal: AbortSignal.timeout(ANSWER_MS) });
    return await redis.info('server');
  } catch {
    return '';
  }
}
