import type { KeySource } from './keys/key-source.ts';
import type { RevocationView } from './revocation/revocation-view.ts';
import type { OnStale } from './token/judge.ts';

/** What a verifier needs before it can judge every token: each gives `null` when ready, else a sentence for `/readyz`. */
export interface Readiness {
  readonly jwks: () => string | null;
  readonly revocations: () => string | null;
}

export interface ReadinessParts {
  readonly keys: Pick<KeySource, 'notReady'>;
  readonly revocations: Pick<RevocationView, 'notReady' | 'stats'>;
  readonly onStale: OnStale;
}

/** The list must have been complete once. After that a stale list affects requests, and thus readiness, only where stale is rejected. */
export function readinessOf({ keys, revocations, onStale }: ReadinessParts): Readiness {
  const wasComplete = () => typeof revocations.stats?.().heartbeatAgeSeconds === 'number';
  return {
    jwks: () => keys.notReady(),
    revocations: () => (onStale === 'accept' && wasComplete() ? null : revocations.notReady()),
  };
}
