import { hasMethods } from '../has-methods.ts';
import type { Log } from '../log.ts';
import { createKeySet, type KeySet, type LoadedKeys } from './key-set.ts';
import { startLoads } from './loads.ts';
import type { VerificationKey } from './verification-key.ts';

/** Where a verifier finds the keys that sign. */
export interface KeySource {
  /** `null` once a key set has been loaded; until then a sentence for `/readyz`, since no token can be judged without keys. */
  notReady(): string | null;
  /** The key of this `kid`, from memory only. */
  find(kid: string): VerificationKey | undefined;
  /** Whether `kid` names a key that used to be published and no longer is. Optional in a custom source. */
  isRetired?(kid: string): boolean;
  /**
   * Loads the keys again for a `kid` that isn't in memory, once per cooldown at most, whoever asks. Calls during a load wait for that load.
   * `null`: there is nothing to wait for. Never rejects.
   */
  refresh(): Promise<void> | null;
  /** Loads the keys again after one was killed: at once, whatever the cooldown, and past every HTTP cache. Never rejects. */
  refreshNow(): Promise<void>;
  /** For metrics; optional in a custom source. */
  stats?(): KeyStats;
  /** Loads nothing more; a load under way is the last. */
  close(): void;
}

/** By its methods: a source of your own may have a `url`, too. */
export function isKeySource(value: unknown): value is KeySource {
  return hasMethods(value, 'find', 'refresh', 'refreshNow', 'notReady');
}

export interface KeyStats {
  readonly keys: number;
  /** Time since the last load that succeeded; `null` before the first. */
  readonly ageSeconds: number | null;
  /** Loads since then that failed. */
  readonly failures: number;
}

export interface KeySourceOptions {
  /** Limits its own time; rejects when the keys can't be loaded. `bypassCaches`: a key was killed, and no load has succeeded since. */
  readonly load: (options: { readonly bypassCaches: boolean }) => Promise<LoadedKeys>;
  /** The least time between two loads for unknown `kid`s, whoever asks; 10 when left out. */
  readonly cooldownSeconds?: number;
  /** Gets a warning for each load that fails; none when left out. */
  readonly log?: Log;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

/**
 * Keeps a key set in memory, from now until `close()`, and loads it again when it is too old or an unknown `kid` comes up. The loaded keys
 * stay good while loading fails: an empty, failed or malformed set never replaces one that worked.
 */
export function startKeySource({ load, cooldownSeconds = 10, log }: KeySourceOptions): KeySource {
  const cooldownMs = cooldownSeconds * 1000;
  let set: KeySet | null = null;
  let failures = 0;
  /** A key was killed, and no load that bypasses the caches has succeeded since. */
  let cachesAreOld = false;

  /** Resolves to the milliseconds until the next load. */
  async function loadOnce(afterKill: boolean): Promise<number> {
    if (afterKill) cachesAreOld = true;
    const bypassCaches = cachesAreOld;
    try {
      set = createKeySet(await load({ bypassCaches }), set);
      if (bypassCaches) cachesAreOld = false;
      failures = 0;
      return set.maxAgeMs;
    } catch (error) {
      failures += 1;
      log?.warn({ err: error, loadedBefore: set !== null }, 'the keys could not be loaded');
      return retryPauseMs();
    }
  }

  /** The loaded keys stay good, so there is no hurry, unless one of them was killed. */
  function retryPauseMs(): number {
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
    return cachesAreOld || set === null ? backoffMs : Math.max(Math.min(set.maxAgeMs, cooldownMs), backoffMs);
  }

  const loads = startLoads(loadOnce);

  return {
    notReady: () => (set === null ? 'the keys have not been loaded yet' : null),
    find: (kid) => set?.keys.get(kid),
    isRetired: (kid) => set?.retiredKids.has(kid) ?? false,
    refresh: () => loads.join(cooldownMs),
    refreshNow: loads.afterKill,
    stats: () => ({
      keys: set?.keys.size ?? 0,
      ageSeconds: set === null ? null : (performance.now() - set.loadedAtMs) / 1000,
      failures,
    }),
    close: loads.close,
  };
}
