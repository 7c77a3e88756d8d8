import type { Redis } from '@countersign/service';
import type { FastifyRateLimitOptions, FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { type CountLog, RedisOrMemory } from './redis-or-memory.ts';
import { createScript } from './redis-script.ts';

interface Count {
  readonly current: number;
  readonly ttl: number;
}

interface AddressCounts {
  increment(key: string, windowMs: number): Promise<Count>;
}

const INCREMENT = createScript(`
  local current = redis.call('INCR', KEYS[1])
  if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return {current, redis.call('PTTL', KEYS[1])}
`);

/** Windows of addresses that are kept in memory while Redis is away; beyond that all start again. */
const MAX_WINDOWS = 100_000;

/** A store for @fastify/rate-limit: counted in Redis by all instances together, in memory while Redis is away. */
export function createRateLimitStore(redis: Redis, log: CountLog): FastifyRateLimitStoreCtor {
  const counts = new RedisOrMemory<AddressCounts>({ redis: inRedis(redis), memory: inMemory(), log });
  return class Store implements FastifyRateLimitStore {
    readonly #route: string;

    constructor(options: FastifyRateLimitOptions & { readonly route?: string }) {
      this.#route = options.route ?? '';
    }

    incr(key: string, callback: (error: Error | null, count?: Count) => void, windowMs: number): void {
      counts
        .run((store) => store.increment(`countersign:rate:${this.#route}:${key}`, windowMs))
        .then((count) => callback(null, count))
        .catch((error: Error) => callback(error));
    }

    /** Each route counts by itself. The plugin hands over more than its types say. */
    child(options: object): FastifyRateLimitStore {
      const { routeInfo } = options as { readonly routeInfo: { readonly url?: string } };
      return new Store({ route: routeInfo.url ?? '' });
    }
  };
}

function inRedis(redis: Redis): AddressCounts {
  return {
    async increment(key, windowMs) {
      const [current, ttl] = (await INCREMENT.run(redis, [key], [String(windowMs)])) as [number, number];
      return { current, ttl };
    },
  };
}

function inMemory(): AddressCounts {
  const windows = new Map<string, { current: number; endsAtMs: number }>();
  return {
    async increment(key, windowMs) {
      const nowMs = performance.now();
      if (windows.size >= MAX_WINDOWS) windows.clear();
      const found = windows.get(key);
      const window = found !== undefined && found.endsAtMs > nowMs ? found : { current: 0, endsAtMs: nowMs + windowMs };
      windows.set(key, window);
      window.current += 1;
      return { current: window.current, ttl: window.endsAtMs - nowMs };
    },
  };
}
