import { Cluster, Redis as SingleRedis } from 'ioredis';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';

/** One server (perhaps found by sentinels) or a cluster: the same commands. */
export type Redis = SingleRedis | Cluster;

export interface RedisConnectionOptions {
  /** Put before every key; tests that share a server use it. */
  readonly keyPrefix?: string;
  /** A blocking read needs one longer than it blocks, on a connection of its own. */
  readonly commandTimeoutMs?: number;
  /** Told of the loss of the connection and of its return, once each. */
  readonly log?: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

const CONNECT_TIMEOUT_MS = 2000;
/** A paused server keeps its connections open and never answers: only this ends the wait. */
const COMMAND_TIMEOUT_MS = 1000;
const LONGEST_RETRY_PAUSE_MS = 1000;

/**
 * Connects in the background and again for as long as it lives. Commands never wait for a connection: while there is
 * none they reject at once, and an answer that doesn't come rejects after `commandTimeoutMs`.
 */
export function connectRedis(target: RedisTarget | string, options: RedisConnectionOptions = {}): Redis {
  const redis = open(typeof target === 'string' ? parseRedisUrl(target) : target, options);
  logChanges(redis, options.log);
  return redis;
}

function open(
  { kind, tls, nodes, username, password, db, master }: RedisTarget,
  { keyPrefix, commandTimeoutMs = COMMAND_TIMEOUT_MS }: RedisConnectionOptions,
): Redis {
  const node = {
    db,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    // A connection on which a command got no answer may lead nowhere any more: a new one is made.
    socketTimeout: commandTimeoutMs + 1000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: retryPauseMs,
    ...(username !== null && { username }),
    ...(password !== null && { password }),
    ...(keyPrefix !== undefined && { keyPrefix }),
    ...(tls && { tls: {} }),
  };
  if (kind === 'cluster') {
    return new Cluster(
      nodes.map(({ host, port }) => ({ host, port })),
      {
        redisOptions: node,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryPauseMs,
        slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
        ...(keyPrefix !== undefined && { keyPrefix }),
      },
    );
  }
  if (kind === 'sentinel') {
    return new SingleRedis({
      ...node,
      sentinels: nodes.map(({ host, port }) => ({ host, port })),
      name: master ?? '',
      sentinelRetryStrategy: retryPauseMs,
      enableTLSForSentinelMode: tls,
      ...(tls && { sentinelTLS: {} }),
    });
  }
  return new SingleRedis({ ...node, ...nodes[0] });
}

function retryPauseMs(attempt: number): number {
  return Math.min(50 * attempt, LONGEST_RETRY_PAUSE_MS);
}

/** ioredis tells of every failed attempt; a log wants to hear that it went away and that it is back. */
function logChanges(redis: Redis, log: RedisConnectionOptions['log']): void {
  let lost = false;
  redis.on('error', (error: Error) => {
    if (!lost) log?.warn({ err: error }, 'Redis cannot be reached');
    lost = true;
  });
  redis.on('ready', () => {
    if (lost) log?.info({}, 'Redis is back');
    lost = false;
  });
}
