import { Redis } from 'ioredis';
import type { SentinelTarget } from './redis-url.ts';

/** What a sentinel publishes when another master has taken the place of one. */
const SWITCHED = '+switch-master';

/** How to connect to a sentinel. */
export interface SentinelOptions {
  readonly connectTimeout: number;
  readonly disconnectTimeout: number;
  readonly retryStrategy: (attempt: number) => number;
  readonly username?: string;
  readonly password?: string;
}

type Sentinels = Pick<SentinelTarget, 'nodes' | 'master' | 'tls'>;

/**
 * Makes a connection leave a master that was replaced, as soon as one of its sentinels says so. In a planned failover, or in a
 * split network, the old master answers for some ten seconds more, and what is written to it is lost.
 *
 * ioredis' `failoverDetector` does that, too, and writes an error to standard error for each sentinel that is down.
 */
export function leaveReplacedMaster(redis: Redis, { nodes, master, tls }: Sentinels, options: SentinelOptions): void {
  redis.on('ready', () => {
    for (const node of nodes) {
      const sentinel = new Redis({ ...options, ...node, maxRetriesPerRequest: null, ...(tls && { tls: {} }) });
      redis.once('close', () => sentinel.disconnect());
      sentinel.on('error', () => {}); // the others tell the same
      sentinel.on('message', (_channel, change: string) => {
        const [name] = change.split(' ');
        if (name === master) redis.disconnect(true);
      });
      sentinel.subscribe(SWITCHED).catch(() => {}); // closed before it was connected
    }
  });
}
