import type { Metrics } from '@countersign/service';
import { type Measured, measurementsOf } from '@countersign/verifier';
import { AUDIT_EVENTS, type Audit, type EventRecorded } from './domain/audit.ts';
import { measureFeed } from './feed/feed-metrics.ts';

export interface MeasuredAuth {
  /** The verifier behind `/verify`. */
  readonly verifier: Measured;
  readonly keys: { activeSince(): Date | null };
}

/** Where the rest of the service reports what happens. */
export interface Counts {
  /** The same audit log, with every event counted. */
  counted<Log extends Audit>(audit: Log): Log;
  readonly eventRecorded: EventRecorded;
  refreshRetried(): void;
  refreshAhead(): void;
}

export function measureAuth(metrics: Metrics, { verifier, keys }: MeasuredAuth): Counts {
  metrics.measure([
    ...measurementsOf(verifier),
    {
      kind: 'gauge',
      name: 'countersign_signing_key_age_seconds',
      help: 'Time since the active key began to sign; past KEY_ROTATION_DAYS the rotation is stuck.',
      // After two kills in a row it may begin a second from now.
      read: () => Math.max(0, Date.now() - (keys.activeSince()?.getTime() ?? Number.NEGATIVE_INFINITY)) / 1000,
    },
  ]);
  const retries = metrics.counter(
    'countersign_refresh_retries_total',
    'Refresh tokens that were presented again within REFRESH_GRACE_SECONDS and got the same successor.',
  );
  const ahead = metrics.counter(
    'countersign_refresh_ahead_total',
    'Refresh tokens newer than the database knows: the database has lost committed data, perhaps revocations too.',
  );
  const events = metrics.counter(
    'countersign_audit_events_total',
    'Records that this instance has written to the audit log, by event: login, login_failed, refresh_reused and so on. A few are counted although their transaction was rolled back afterwards.',
    ['event'],
  );
  // From 0: Prometheus sees no increase in a series that begins with its first event, and an alert on its rate would miss that event.
  for (const event of AUDIT_EVENTS) events.inc({ event }, 0);
  const eventRecorded = (event: string) => events.inc({ event });
  return {
    counted: (audit) => ({
      ...audit,
      async record(tx, ...recorded) {
        await audit.record(tx, ...recorded);
        for (const { event } of recorded) eventRecorded(event);
      },
    }),
    eventRecorded,
    refreshRetried: () => retries.inc(),
    refreshAhead: () => ahead.inc(),
  };
}

/** All of auth's metrics, including the feed's, without a running service: for the documents. */
export function describeMetrics(metrics: Metrics): void {
  const unread = { stats: notRead };
  measureFeed(metrics, notRead);
  measureAuth(metrics, { verifier: { keys: unread, judge: unread, revocations: unread }, keys: { activeSince: notRead } });
}

function notRead(): never {
  throw new Error('there is nothing to read from');
}
