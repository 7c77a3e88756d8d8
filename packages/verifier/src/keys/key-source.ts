import type { Log } from '../log.ts';
import { createKeySet, type KeySet, type LoadedKeys } from './key-set.ts';
import { startLoads } from './loads.ts';
import type { VerificationKey } from './verification-key.ts';

/** Where a verifier finds the keys that sign. */
export interface KeySource {
  /** `null` once a key set has been loaded; until then a sentence for `/readyz`, since no token can be judged without keys. */
  notReady(): string | null;
  /** From memory only. */
  find(kid: string): VerificationKey | undefined;
  /** Whether `kid` names a key that used to be published and no longer is. Optional in a custom source. */
  isRetired?(kid: string): boolean;
  /**
   * For a `kid` that isn't in memory: loads again, unless that was done for one within the cooldown, by any caller. Calls during a
   * load wait for that one. `null`: nothing to wait for. Never rejects.
   */
  refresh(): Promise<void> | null;
  /** After the kill of a key: loads again at once, whatever the cooldown, and past every HTTP cache. Never rejects. */
  refreshNow(): Promise<void>;
  /** For metrics; optional in a custom source. */
  stats?(): KeyStats;
  close(): void;
}

export interface KeyStats {
  readonly keys: number;
  /** Since the last load that succeeded; `null` before the first. */
  readonly ageSeconds: number | null;
  /** Loads since then that failed. */
  readonly failures: number;
}

export interface KeySourceOptions {
  /** Rejects when the keys can't be loaded; it must have a time limit of its own. `bypassCaches`: a key was killed since the last one. */
  readonly load: (options: { readonly bypassCaches: boolean }) => Promise<LoadedKeys>;
  /** Between loads for a `kid` that isn't in memory, whoever asks; 10 when left out. */
  readonly cooldownSeconds?: number;
  /** Told of loads that failed; nobody is when left out. */
  readonly log?: Log;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

/**
 * Keeps a key set in memory and loads it again when it gets old and when an unknown `kid` comes up. What was loaded stays
 * good while loading fails: an empty, failed or malformed set never replaces one that worked.
 */
export function startKeySource({ load, cooldownSeconds = 10, log }: KeySourceOptions): KeySource {
  const cooldownMs = cooldownSeconds * 1000;
  let set: KeySet | null = null;
  let failures = 0;
  /** A key was killed, and no load that bypasses the caches has succeeded since. */
  let cachesAreOld = false;

  /** Gives the milliseconds until the next load. */
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

  /** What was loaded before stays good, so there is no hurry, unless a key in it was killed. */
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
