import type { Redis } from '@countersign/service';
import type { LoginFailures } from '../domain/people/login-throttle.ts';
import { createScript } from './redis-script.ts';

// KEYS: the count, the block. ARGV: the members of Backoff. The wait follows the same rule as `waitAfterMs`.
const REFUSE_IF_BLOCKED = `
  local blocked = redis.call('PTTL', KEYS[2])
  if blocked > 0 then return blocked end
`;

const ADD = createScript(`${REFUSE_IF_BLOCKED}
  local free, window, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
  local failures = redis.call('INCR', KEYS[1])
  local wait = 0
  if failures >= free then wait = math.min(first * 2 ^ (failures - free), longest) end
  redis.call('PEXPIRE', KEYS[1], string.format('%d', window + wait))
  if wait > 0 then redis.call('SET', KEYS[2], '1', 'PX', string.format('%d', wait)) end
  return 0
`);

const CLEAR = createScript(`${REFUSE_IF_BLOCKED}
  redis.call('DEL', KEYS[1])
  return 0
`);

export function createRedisLoginFailures(redis: Redis): LoginFailures {
  return {
    blockedForMs: async (key) => Math.max(0, await redis.pttl(blockKey(key))),
    async add(key, { freeFailures, windowMs, firstWaitMs, longestWaitMs }) {
      const args = [freeFailures, windowMs, firstWaitMs, longestWaitMs].map(String);
      return Number(await ADD.run(redis, keysOf(key), args));
    },
    clear: async (key) => Number(await CLEAR.run(redis, keysOf(key), [])),
  };
}

// The braces put both keys of an account into the same slot of a cluster.
const keysOf = (key: string) => [`countersign:login:{${key}}:failures`, blockKey(key)];
const blockKey = (key: string) => `countersign:login:{${key}}:blocked`;
