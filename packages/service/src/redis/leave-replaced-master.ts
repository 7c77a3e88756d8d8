import { Redis } from 'ioredis';
import type { SentinelTarget } from './redis-url.ts';

/** What a sentinel publishes when another server has become a master's successor. */
const SWITCHED = '+switch-master';

export interface SentinelOptions {
  readonly connectTimeout: number;
  readonly disconnectTimeout: number;
  readonly retryStrategy: (attempt: number) => number;
  readonly username?: string;
  readonly password?: string;
}

type Sentinels = Pick<SentinelTarget, 'nodes' | 'master' | 'tls'>;

/**
 * Makes a connection leave its master as soon as a sentinel says that it was replaced. In a planned failover, or in a split network, the
 * old master answers for some ten more seconds, and what is written to it is lost.
 *
 * ioredis' `failoverDetector` does this too, but writes an error to standard error for each sentinel that is down.
 */
export function leaveReplacedMaster(redis: Redis, { nodes, master, tls }: Sentinels, options: SentinelOptions): void {
  redis.on('ready', () => {
    for (const node of nodes) {
      const sentinel = new Redis({ ...options, ...node, maxRetriesPerRequest: null, ...(tls && { tls: {} }) });
      redis.once('close', () => sentinel.disconnect());
      sentinel.on('error', () => {}); // the other sentinels say the same
      sentinel.on('message', (_channel, change: string) => {
        const [name] = change.split(' ');
        if (name === master) redis.disconnect(true);
      });
      sentinel.subscribe(SWITCHED).catch(() => {}); // closed before it was connected
    }
  });
}
