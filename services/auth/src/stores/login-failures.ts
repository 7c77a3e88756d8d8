import type { Redis } from '@countersign/service';
import type { LoginFailures } from '../domain/people/login-throttle.ts';
import { createMemoryLoginFailures } from './login-failures.memory.ts';
import { createRedisLoginFailures } from './login-failures.redis.ts';
import { type CountLog, RedisOrMemory } from './redis-or-memory.ts';

export function createLoginFailures(redis: Redis, log: CountLog): LoginFailures {
  const failures = new RedisOrMemory<LoginFailures>({
    counted: 'failed sign-ins of accounts',
    redis: createRedisLoginFailures(redis),
    memory: createMemoryLoginFailures(),
    log,
  });
  return {
    blockedForMs: (key) => failures.ask((store) => store.blockedForMs(key)),
    add: (key, backoff) => failures.run((store) => store.add(key, backoff)),
    clear: (key) => failures.run((store) => store.clear(key)),
  };
}
