import { Cluster, Redis as SingleRedis } from 'ioredis';
import { shareLookups } from '../share-lookups.ts';
import { connectorWith } from './connector.ts';
import { leaveReplacedMaster } from './leave-replaced-master.ts';
import { type Credentials, parseRedisUrl, type RedisTarget, type SentinelTarget } from './redis-url.ts';

/** One server (perhaps found through sentinels) or a cluster, with the same commands. */
export type Redis = SingleRedis | Cluster;

export interface RedisConnectionOptions {
  /** The prefix of every key, for tests that share a server. */
  readonly keyPrefix?: string;
}

const CONNECT_TIMEOUT_MS = 2000;
/** A paused server keeps its connections open and never answers: only this ends the wait. */
const COMMAND_TIMEOUT_MS = 1000;
/** The wait for the server to close its side of a connection. A paused one never does, nor js-redis-server in a blocking read. */
const DISCONNECT_TIMEOUT_MS = 250;
const LONGEST_RETRY_PAUSE_MS = 1000;

/** For connections to servers and to sentinels. */
const CONNECTION = { connectTimeout: CONNECT_TIMEOUT_MS, disconnectTimeout: DISCONNECT_TIMEOUT_MS, retryStrategy: retryPauseMs };

/**
 * Connects in the background, and reconnects for as long as it lives. Commands never wait for a connection: without one they reject at
 * once, and without an answer after a second. A blocking read needs a duplicate without that limit.
 */
export function connectRedis(target: RedisTarget | string, options: RedisConnectionOptions = {}): Redis {
  const redis = open(typeof target === 'string' ? parseRedisUrl(target) : target, options);
  redis.on('error', () => {}); // the command that fails reports it
  return redis;
}

function open(target: RedisTarget, options: RedisConnectionOptions): Redis {
  switch (target.kind) {
    case 'single':
      return new SingleRedis({ ...nodeOptions(target, options), ...target.nodes[0], Connector: connectorWith(shareLookups()) });
    case 'sentinel':
      return openMaster(target, options);
    case 'cluster':
      return openCluster(target, options);
  }
}

function openMaster(target: SentinelTarget, options: RedisConnectionOptions): Redis {
  const { tls, nodes, master, sentinels } = target;
  const redis = new SingleRedis({
    ...nodeOptions(target, options),
    sentinels: nodes.map(({ host, port }) => ({ host, port })),
    name: master,
    sentinelRetryStrategy: retryPauseMs,
    enableTLSForSentinelMode: tls,
    ...(tls && { sentinelTLS: {} }),
    ...(sentinels.username !== null && { sentinelUsername: sentinels.username }),
    ...(sentinels.password !== null && { sentinelPassword: sentinels.password }),
  });
  leaveReplacedMaster(redis, target, { ...CONNECTION, ...loginOf(sentinels) });
  return redis;
}

function openCluster(target: RedisTarget, options: RedisConnectionOptions): Redis {
  return new Cluster(
    target.nodes.map(({ host, port }) => ({ host, port })),
    {
      ...options,
      redisOptions: nodeOptions(target, options),
      enableOfflineQueue: false,
      clusterRetryStrategy: retryPauseMs,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    },
  );
}

function nodeOptions(target: RedisTarget, options: RedisConnectionOptions) {
  return {
    ...options,
    ...CONNECTION,
    db: target.db,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A connection on which a command got no answer may lead nowhere: a new one is made.
    socketTimeout: COMMAND_TIMEOUT_MS + 1000,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    ...loginOf(target),
    ...(target.tls && { tls: {} }),
  };
}

function loginOf({ username, password }: Credentials): { username?: string; password?: string } {
  return { ...(username !== null && { username }), ...(password !== null && { password }) };
}

function retryPauseMs(attempt: number): number {
  return Math.min(50 * attempt, LONGEST_RETRY_PAUSE_MS);
}
