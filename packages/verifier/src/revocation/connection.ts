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

/**
 * Runs `work` on a connection of its own, which ends with it, when `signal` aborts, and when the one that it is a copy of is closed, as in
 * a failover.
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
  // To end it twice would begin a timer in ioredis that only the end clears: it would hold the process open for two seconds.
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

/**
 * ioredis rejects with this whatever ended the connection. The reason, such as a refused password or certificate, comes with its
 * `error` event alone.
 */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'Connection is closed.';
}

/** The answer that Redis gives within the limit. @throws DOMException `TimeoutError` when it takes longer */
export async function answerWithin<Answer>(limitMs: number, promise: Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DOMException(`Redis did not answer within ${limitMs} ms`, 'TimeoutError')), limitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
