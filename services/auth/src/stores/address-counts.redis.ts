import type { Redis } from '@countersign/service';
import type { AddressCounts } from '../domain/address-counts.ts';
import { createScript } from './redis-script.ts';

const INCREMENT = createScript(`
  local current = redis.call('INCR', KEYS[1])
  if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return {current, redis.call('PTTL', KEYS[1])}
`);

export function createRedisAddressCounts(redis: Redis): AddressCounts {
  return {
    async increment(key, windowMs) {
      const [requests, endsInMs] = (await INCREMENT.run(redis, [`countersign:rate:${key}`], [String(windowMs)])) as [number, number];
      return { requests, endsInMs };
    },
  };
}
