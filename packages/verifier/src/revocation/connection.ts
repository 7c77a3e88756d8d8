import { Cluster, type Redis } from 'ioredis';

export type Connection = Redis | Cluster;

/** An answer that takes longer than this will not come: the server is paused or gone. */
export const ANSWER_LIMIT_MS = 2000;

/**
 * A connection of the follower's own, to block on. It doesn't reconnect by itself, which would hide that the server may now be
 * a different one.
 */
export function copyConnection(redis: Connection): Connection {
  if (redis instanceof Cluster) {
    // All options of the nodes, password and TLS included: ioredis 6 would merge a part of them with the rest, 5 would lose the rest.
    // `replyMapping` has its default, which the type wants to see.
    const redisOptions = { ...redis.options.redisOptions, replyMapping: 'legacy', commandTimeout: undefined } as const;
    return redis.duplicate([], { lazyConnect: true, clusterRetryStrategy: () => null, redisOptions });
  }
  return redis.duplicate({
    lazyConnect: true,
    commandTimeout: undefined,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
}

/** @throws Error when it takes longer */
export async function withLimit<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${limitMs} ms`)), limitMs);
  promise.catch(() => {}); // when it loses the race, its failure doesn't matter
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
