import type { Cluster, Redis } from 'ioredis';

export type Connection = Redis | Cluster;

/** An answer that takes longer than this will not come: the server is paused or gone. */
export const ANSWER_LIMIT_MS = 2000;

/** A copy to block on, which doesn't reconnect by itself: that would hide that the server may now be a different one. */
export function copyConnection(redis: Connection): Connection {
  if (isCluster(redis)) {
    // All options of the nodes, password and TLS included: of a part of them, ioredis 6 would merge in the rest, and 5 would lose it.
    // `replyMapping` has its default, which the type asks for.
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

/** By its own word, since it may come from another copy of ioredis than this package would find. */
function isCluster(redis: Connection): redis is Cluster {
  return redis.isCluster;
}

/**
 * Runs `work` on a copy of `redis`. The copy is closed when `work` ends, when `signal` aborts, and when `redis` is closed, as in a
 * failover.
 *
 * @throws whatever `work` throws, or the reason why there is no connection
 */
export async function onOwnConnection(
  redis: Connection,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = copyConnection(redis);
  const reasons: unknown[] = [];
  // A second `disconnect` would start a timer in ioredis that only the end clears, and hold the process open for two seconds.
  const stop = () => {
    if (connection.status !== 'end') connection.disconnect();
  };
  connection.on('error', (error) => reasons.push(error));
  redis.on('close', stop);
  signal.addEventListener('abort', stop);
  try {
    await answerWithin(ANSWER_LIMIT_MS, connection.connect());
    await work(connection);
  } catch (error) {
    throw isClosed(error) ? (reasons[0] ?? error) : error;
  } finally {
    signal.removeEventListener('abort', stop);
    redis.off('close', stop);
    stop();
  }
}

/** ioredis rejects with this whatever ended the connection; the reason, such as a refused password, comes only with its `error` event. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'Connection is closed.';
}

/** @throws DOMException `TimeoutError` when the answer takes longer than the limit */
export async function answerWithin<Answer>(limitMs: number, promise: Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DOMException(`Redis did not answer within ${limitMs} ms`, 'TimeoutError')), limitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
