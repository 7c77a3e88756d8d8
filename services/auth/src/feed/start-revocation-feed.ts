import { createMetrics, type Database, type Metrics, type Redis } from '@countersign/service';
import type { Log } from '../domain/log.ts';
import { findRedisRisks } from '../stores/redis-risks.ts';
import { createRevocationList } from '../stores/revocation-list.redis.ts';
import { createRevocationOutbox } from '../stores/revocation-outbox.postgres.ts';
import { measureFeed } from './feed-metrics.ts';
import { type RunningFeed, startFeed } from './revocation-feed.ts';

export interface RevocationFeedOptions {
  /** Best a connection of its own, so that a storm of requests doesn't hold up a revocation. */
  readonly db: Database;
  readonly redis: Redis;
  readonly log: Log;
  readonly metrics?: Metrics;
}

/** Brings revocations from Postgres to Redis, and keeps the list there whole, while it runs. */
export function startRevocationFeed({ db, redis, log, metrics = createMetrics() }: RevocationFeedOptions): RunningFeed {
  const outbox = createRevocationOutbox(db);
  const list = createRevocationList(redis);
  const onPublished = measureFeed(metrics, () => feed.stats());
  const feed = startFeed({ outbox, list, log, onPublished });
  redis.on('ready', feed.wake);
  const warn = async () => {
    for (const risk of await findRedisRisks(redis)) log.warn({}, risk);
  };
  if (redis.status === 'ready') void warn();
  else redis.once('ready', () => void warn());
  return feed;
}
