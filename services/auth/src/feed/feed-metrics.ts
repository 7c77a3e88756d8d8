import type { Measurement, Metrics } from '@countersign/service';
import type { FeedStats } from './feed-record.ts';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10];

/** Measures the feed for operators. @returns a function to call with the seconds that each publication took */
export function measureFeed(metrics: Metrics, stats: () => FeedStats): (seconds: number) => void {
  metrics.measure([
    gauge('unsent', 'Revocations that are not in Redis yet; counted only while publishing fails, and up to 100,000.', () => stats().unsent),
    gauge('oldest_unsent_seconds', 'Age of the oldest revocation that is not in Redis yet.', () => stats().oldestSeconds),
    gauge('publishing', '1 while revocations reach Redis, 0 while they wait.', () => Number(stats().isWorking)),
    gauge(
      'last_heartbeat_timestamp_seconds',
      'When the list in Redis was last known to be complete, by Redis’s clock; 0 means never.',
      () => (stats().lastBeatMs ?? 0) / 1000,
    ),
    counter('sent_total', 'Revocations that this instance has sent to Redis.', () => stats().sent),
    counter(
      'list_rebuilds_total',
      'How often this instance found the list in Redis lost or altered, and rebuilt it.',
      () => stats().rebuilds,
    ),
  ]);
  const durations = metrics.histogram(
    'countersign_feed_publish_seconds',
    'Time from the commit of a revocation to the moment when verifiers can see it.',
    { buckets: BUCKETS_SECONDS },
  );
  return (seconds) => durations.observe(seconds);
}

function gauge(name: string, help: string, read: () => number): Measurement {
  return { kind: 'gauge', name: `countersign_feed_${name}`, help, read };
}

function counter(name: string, help: string, read: () => number): Measurement {
  return { kind: 'counter', name: `countersign_feed_${name}`, help, read };
}
