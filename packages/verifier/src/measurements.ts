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

function ofRevocations({ stats }: Measured['revocations']): Measurement[] {
  if (stats === undefined) return [];
  return [
    gauge('revocations_entries', 'Revoked ids that are remembered.', () => stats().size),
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
      'Time from Redis to here of the newest entry received while in sync, by the clocks of both machines; 0 before the first.',
      () => stats().entryDelaySeconds ?? 0,
    ),
    gauge('revocations_in_sync', '1 while the list is known to be complete, 0 while it is read again.', () => Number(stats().inSync)),
  ];
}

function ofKeys({ stats }: Measured['keys']): Measurement[] {
  if (stats === undefined) return [];
  return [
    gauge('jwks_keys', 'Keys whose signatures are accepted.', () => stats().keys),
    gauge('jwks_age_seconds', 'Time since they were last loaded.', () => stats().ageSeconds),
    gauge('jwks_failures', 'Failed loads since then; the keys stay valid meanwhile.', () => stats().failures),
  ];
}

function ofTokens({ stats }: Measured['judge']): Measurement[] {
  return [
    gauge('tokens_cached', 'Good tokens that are remembered.', () => stats().cached),
    counter('tokens_cache_hits_total', 'Tokens that were already remembered when presented.', () => stats().hits),
    counter('tokens_cache_misses_total', 'Tokens that had to be verified, both good and bad.', () => stats().misses),
  ];
}

function gauge(name: string, help: string, read: () => number | null): Measurement {
  return { kind: 'gauge', name: `countersign_${name}`, help, read: () => read() ?? Number.POSITIVE_INFINITY };
}

function counter(name: string, help: string, read: () => number): Measurement {
  return { kind: 'counter', name: `countersign_${name}`, help, read };
}
