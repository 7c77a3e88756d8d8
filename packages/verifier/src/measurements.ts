import type { KeySource } from './keys/key-source.ts';
import type { RevocationView } from './revocation/revocation-view.ts';
import type { Judge } from './token/judge.ts';

/** One figure for the operator, to be read at each scrape by whatever metrics library the service uses. */
export interface Measurement {
  readonly kind: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  read(): number;
}

export interface Measured {
  readonly keys: Pick<KeySource, 'stats'>;
  readonly judge: Pick<Judge, 'stats'>;
  readonly revocations: Pick<RevocationView, 'stats'>;
}

/** The figures of a verifier (`app.verifier`). An age is infinite before the first event, so that any alert on it fires. */
export function measurementsOf({ keys, judge, revocations }: Measured): Measurement[] {
  return [...ofRevocations(revocations), ...ofKeys(keys), ...ofTokens(judge)];
}

function ofRevocations(revocations: Measured['revocations']): Measurement[] {
  if (revocations.stats === undefined) return [];
  const stats = revocations.stats.bind(revocations);
  return [
    gauge('revocations_entries', 'Revoked ids held in memory.', () => stats().size),
    gauge(
      'revocations_answer_age_seconds',
      'Time since Redis last answered; past REVOCATION_MAX_STALENESS_SECONDS it is unknown what is revoked.',
      () => stats().answerAgeSeconds,
    ),
    gauge(
      'revocations_heartbeat_age_seconds',
      'Time since auth last confirmed that the list is complete; past REVOCATION_MAX_SILENCE_SECONDS it is unknown what is revoked.',
      () => stats().heartbeatAgeSeconds,
    ),
    gauge(
      'revocations_entry_delay_seconds',
      'How long the newest entry received while in sync took from Redis to this process, by the clocks of both machines; 0 before the first.',
      () => stats().entryDelaySeconds ?? 0,
    ),
    gauge('revocations_in_sync', '1 while the list is known to be complete, 0 while it is read again.', () => Number(stats().inSync)),
  ];
}

function ofKeys(keys: Measured['keys']): Measurement[] {
  if (keys.stats === undefined) return [];
  const stats = keys.stats.bind(keys);
  return [
    gauge('jwks_keys', 'Keys whose signatures are accepted.', () => stats().keys),
    gauge('jwks_age_seconds', 'Time since the keys were last loaded.', () => stats().ageSeconds),
    gauge(
      'jwks_failures',
      'Failed attempts to load the keys since they were last loaded; meanwhile the loaded keys stay valid.',
      () => stats().failures,
    ),
  ];
}

function ofTokens({ stats }: Measured['judge']): Measurement[] {
  return [
    gauge('tokens_cached', 'Verified tokens held in memory.', () => stats().cached),
    counter('tokens_cache_hits_total', 'Presented tokens that were already in memory.', () => stats().hits),
    counter('tokens_cache_misses_total', 'Presented tokens that had to be verified, valid or not.', () => stats().misses),
  ];
}

function gauge(name: string, help: string, read: () => number | null): Measurement {
  return { kind: 'gauge', name: `countersign_${name}`, help, read: () => read() ?? Number.POSITIVE_INFINITY };
}

function counter(name: string, help: string, read: () => number): Measurement {
  return { kind: 'counter', name: `countersign_${name}`, help, read };
}
