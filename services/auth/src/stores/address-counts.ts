import type { Redis } from '@countersign/service';
import type { AddressCounts } from '../domain/address-counts.ts';
import { createMemoryAddressCounts } from './address-counts.memory.ts';
import { createRedisAddressCounts } from './address-counts.redis.ts';
import { type CountLog, RedisOrMemory } from './redis-or-memory.ts';

export function createAddressCounts(redis: Redis, log: CountLog): AddressCounts {
  const counts = new RedisOrMemory<AddressCounts>({
    counted: 'attempts from addresses',
    redis: createRedisAddressCounts(redis),
    memory: createMemoryAddressCounts(),
    log,
  });
  return { increment: (key, windowMs) => counts.run((store) => store.increment(key, windowMs)) };
}
