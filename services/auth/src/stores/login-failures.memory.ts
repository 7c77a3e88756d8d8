import { type LoginFailures, waitAfterMs } from '../domain/people/login-throttle.ts';
import { setNewest } from './set-newest.ts';

interface Count {
  readonly failures: number;
  readonly forgetAtMs: number;
  readonly blockedUntilMs: number;
}

/** Limits the memory that a flood of invented usernames takes; the oldest counters go first. */
const MAX_KEYS = 100_000;

export function createMemoryLoginFailures(nowMs: () => number = () => performance.now()): LoginFailures {
  const counts = new Map<string, Count>();
  const find = (key: string) => {
    const count = counts.get(key);
    return count !== undefined && count.forgetAtMs > nowMs() ? count : null;
  };
  const blockedForMs = (key: string) => Math.max(0, (find(key)?.blockedUntilMs ?? 0) - nowMs());
  return {
    blockedForMs: async (key) => blockedForMs(key),
    // No `await` between check and count, so that concurrent guesses can't get past the limit.
    async add(key, backoff) {
      const blockedMs = blockedForMs(key);
      if (blockedMs > 0) return blockedMs;
      const failures = (find(key)?.failures ?? 0) + 1;
      const waitMs = waitAfterMs(failures, backoff);
      const count = { failures, forgetAtMs: nowMs() + backoff.windowMs + waitMs, blockedUntilMs: nowMs() + waitMs };
      setNewest(counts, key, count, MAX_KEYS);
      return 0;
    },
    async clear(key) {
      const blockedMs = blockedForMs(key);
      if (blockedMs === 0) counts.delete(key);
      return blockedMs;
    },
  };
}
