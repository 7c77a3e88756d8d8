import type { Metrics } from '@countersign/service';
import { type Measured, measurementsOf } from '@countersign/verifier';

export function measureBooks(metrics: Metrics, verifier: Measured): void {
  metrics.measure(measurementsOf(verifier));
}

/** The same without a running service, for the documents. */
export function describeMetrics(metrics: Metrics): void {
  const unread = { stats: notRead };
  measureBooks(metrics, { keys: unread, judge: unread, revocations: unread });
}

function notRead(): never {
  throw new Error('there is nothing to read from');
}
