import type { Judge } from './judge.ts';
import type { KeySource } from './key-source.ts';
import type { RevocationView } from './revocation-view.ts';

/** A figure for an operator, for whatever library the service measures with. */
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

/** What there is to know of a verifier. An age is infinite before the first time: too old for any alert. */
export function measurementsOf({ keys, judge, revocations }: Measured): Measurement[] {
  return [...ofRevocations(revocations), ...ofKeys(keys), ...ofTokens(judge)];
}

function ofRevocations({ stats }: Measured['revocations']): Measurement[] {
  if (stats === undefined) return [];
  return [
    gauge('revocations_entries', 'Revoked ids that are remembered.', () => stats().size),
    gauge(
      'revocations_answer_age_seconds',
      'Since Redis last answered; past REVOCATION_MAX_STALENESS_SECONDS requests are refused.',
      () => stats().answerAgeSeconds,
    ),
    gauge(
      'revocations_heartbeat_age_seconds',
      'Since auth last said that the list is whole; past REVOCATION_MAX_SILENCE_SECONDS requests are refused.',
      () => stats().heartbeatAgeSeconds,
    ),
    gauge(
      'revocations_entry_delay_seconds',
      'From Redis to here, of the newest entry that was waited for, by both clocks; 0 before the first.',
      () => stats().entryDelaySeconds ?? 0,
    ),
    gauge('revocations_in_sync', '1 while the list is known to be whole, 0 while it is read anew.', () => Number(stats().inSync)),
  ];
}

function ofKeys({ stats }: Measured['keys']): Measurement[] {
  if (stats === undefined) return [];
  return [
    gauge('jwks_keys', 'Keys whose signatures are accepted.', () => stats().keys),
    gauge('jwks_age_seconds', 'Since they were last loaded.', () => stats().ageSeconds),
    gauge('jwks_failures', 'Loads since then that failed; the keys stay good meanwhile.', () => stats().failures),
  ];
}

function ofTokens({ stats }: Measured['judge']): Measurement[] {
  return [
    gauge('tokens_cached', 'Good tokens that are remembered.', () => stats().cached),
    counter('tokens_cache_hits_total', 'Tokens that were remembered when they came.', () => stats().hits),
    counter('tokens_cache_misses_total', 'Tokens that had to be verified, good ones and bad ones.', () => stats().misses),
  ];
}

function gauge(name: string, help: string, read: () => number | null): Measurement {
  return { kind: 'gauge', name: `countersign_${name}`, help, read: () => read() ?? Number.POSITIVE_INFINITY };
}

function counter(name: string, help: string, read: () => number): Measurement {
  return { kind: 'counter', name: `countersign_${name}`, help, read };
}
