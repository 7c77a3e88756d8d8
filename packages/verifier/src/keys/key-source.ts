import type { PublicJwk } from '@countersign/tokens';
import type { Log } from '../log.ts';
import { createVerificationKey, type VerificationKey } from './verification-key.ts';

/** Where a verifier finds the keys that sign. */
export interface KeySource {
  /** `null` once a key set has been loaded, before which nothing can be judged; else a sentence for `/readyz`. */
  notReady(): string | null;
  /** From memory only. */
  find(kid: string): VerificationKey | undefined;
  /** Was it a key that is no longer published? Optional in a custom source. */
  isRetired?(kid: string): boolean;
  /**
   * For a `kid` that isn't in memory: loads again, unless that was done within the cooldown, for any caller. Calls during a
   * load wait for that one. `null`: nothing to wait for. Never rejects.
   */
  refresh(): Promise<void> | null;
  /** After the kill of a key: loads again at once, past the cooldown and every HTTP cache. Never rejects. */
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

/** The result of a load: the keys, and how long they may be kept before they are loaded again. */
export interface LoadedKeys {
  readonly keys: readonly PublicJwk[];
  /** Of keys that are no longer published. */
  readonly retiredKids?: readonly string[];
  readonly maxAgeSeconds: number;
}

export interface KeySourceOptions {
  /** Rejects when the keys can't be loaded; it must have a time limit of its own. */
  readonly load: (options: { readonly pastCaches: boolean }) => Promise<LoadedKeys>;
  readonly cooldownSeconds?: number;
  readonly log?: Log;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;

/**
 * Keeps a key set in memory and loads it again when it gets old and when an unknown `kid` comes up. What was loaded stays
 * good while loading fails: an empty, failed or malformed set never replaces one that worked.
 */
export function startKeySource({ load, cooldownSeconds = 10, log }: KeySourceOptions): KeySource {
  let keys: ReadonlyMap<string, VerificationKey> | null = null;
  let retiredKids: ReadonlySet<string> = new Set();
  let loading: Promise<void> | null = null;
  let again: Promise<void> | null = null;
  let begunAtMs = Number.NEGATIVE_INFINITY;
  /** A key was killed, and no load that bypasses the caches has succeeded since. */
  let cachesAreOld = false;
  let loadedAtMs: number | null = null;
  let maxAgeMs = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function loadNow(): Promise<void> {
    begunAtMs = performance.now();
    loading = loadOnce().finally(() => {
      loading = null;
    });
    return loading;
  }

  async function loadOnce(): Promise<void> {
    const pastCaches = cachesAreOld;
    try {
      const loaded = await load({ pastCaches });
      const next = usableKeys(loaded.keys, keys);
      if (next.size === 0) throw new Error('the key set holds no usable key');
      keys = next;
      retiredKids = new Set(loaded.retiredKids);
      if (pastCaches) cachesAreOld = false;
      failures = 0;
      loadedAtMs = performance.now();
      maxAgeMs = loaded.maxAgeSeconds * 1000;
      schedule(maxAgeMs);
    } catch (error) {
      failures += 1;
      log?.warn({ err: error, loadedBefore: keys !== null }, 'the keys could not be loaded');
      const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
      schedule(cachesAreOld ? backoffMs : Math.max(Math.min(maxAgeMs, cooldownSeconds * 1000), backoffMs));
    }
  }

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(() => void (loading ?? loadNow()), delayMs).unref();
  }

  void loadNow();

  return {
    notReady: () => (keys === null ? 'the keys have not been loaded yet' : null),
    find: (kid) => keys?.get(kid),
    isRetired: (kid) => retiredKids.has(kid),
    refresh() {
      if (loading !== null) return loading;
      return closed || performance.now() - begunAtMs < cooldownSeconds * 1000 ? null : loadNow();
    },
    // A load under way may have begun before the kill, so its answer doesn't count: one more follows it.
    refreshNow() {
      if (closed) return Promise.resolve();
      again ??= (loading ?? Promise.resolve()).then(() => {
        again = null;
        cachesAreOld = true;
        return loadNow();
      });
      return again;
    },
    stats: () => ({
      keys: keys?.size ?? 0,
      ageSeconds: loadedAtMs === null ? null : (performance.now() - loadedAtMs) / 1000,
      failures,
    }),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** A key that is still published stays the same object: tokens verified with it stay verified. */
function usableKeys(published: readonly PublicJwk[], before: ReadonlyMap<string, VerificationKey> | null): Map<string, VerificationKey> {
  const keys = published.map((jwk) => createVerificationKey(jwk)).filter((key) => key !== null);
  return new Map(
    keys.map((key) => {
      const known = before?.get(key.kid);
      return [key.kid, known?.pem === key.pem && known.alg === key.alg ? known : key];
    }),
  );
}
