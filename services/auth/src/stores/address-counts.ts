import type { Redis } from '@countersign/service';
import type { FastifyRateLimitOptions, FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { createMemoryAddressCounts } from './address-counts.memory.ts';
import { createRedisAddressCounts } from './address-counts.redis.ts';
import { type CountLog, RedisOrMemory } from './redis-or-memory.ts';

/** How many requests came in the present window, this one among them. */
interface Count {
  readonly current: number;
  /** Milliseconds until the window ends. */
  readonly ttl: number;
}

/** Requests from one address to one route, in windows that begin with the first of them. */
export interface AddressCounts {
  increment(key: string, windowMs: number): Promise<Count>;
}

/** A store for @fastify/rate-limit: counted in Redis by all instances together, in memory while Redis is away. */
export function createRateLimitStore(redis: Redis, log: CountLog): FastifyRateLimitStoreCtor {
  const counts = new RedisOrMemory({ redis: createRedisAddressCounts(redis), memory: createMemoryAddressCounts(), log });
  return class Store implements FastifyRateLimitStore {
    readonly #route: string;

    constructor(options: FastifyRateLimitOptions & { readonly route?: string }) {
      this.#route = options.route ?? '';
    }

    incr(key: string, callback: (error: Error | null, count?: Count) => void, windowMs: number): void {
      counts
        .run((store) => store.increment(`${this.#route}:${key}`, windowMs))
        .then((count) => callback(null, count))
        .catch((error: Error) => callback(error));
    }

    /** Each route has counts of its own. The plugin passes more than its types say. */
    child(options: object): FastifyRateLimitStore {
      const { routeInfo } = options as { readonly routeInfo: { readonly url?: string } };
      return new Store({ route: routeInfo.url ?? '' });
    }
  };
}
