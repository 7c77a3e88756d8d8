import { createHash } from 'node:crypto';
import { rateLimited } from '@countersign/problems';

/** After `freeFailures`, each further failure doubles the wait. */
export interface Backoff {
  readonly freeFailures: number;
  readonly windowMs: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

const MINUTE_MS = 60_000;

export function createBackoff(freeFailures: number): Backoff {
  return { freeFailures, windowMs: 15 * MINUTE_MS, firstWaitMs: 5000, longestWaitMs: 15 * MINUTE_MS };
}

/** How long the next guess has to wait after this many failures within the window. */
export function waitAfterMs(failures: number, { freeFailures, firstWaitMs, longestWaitMs }: Backoff): number {
  return failures < freeFailures ? 0 : Math.min(firstWaitMs * 2 ** (failures - freeFailures), longestWaitMs);
}

/** Counters of failures, shared by all instances. */
export interface LoginFailures {
  /** How long the next guess still has to wait; 0 for not at all. */
  blockedForMs(key: string): Promise<number>;
  /** Counts a failure, unless a wait is in force; both in one atomic step. @returns that wait */
  add(key: string, backoff: Backoff): Promise<number>;
  /** Forgets the failures, unless a wait is in force; both in one atomic step. @returns that wait */
  clear(key: string): Promise<number>;
}

export interface Guesses {
  /** @throws Problem `rate_limited` while the next guess has to wait */
  refuseIfBlocked(): Promise<void>;
  /** Counts a failure. @throws Problem `rate_limited` when concurrent guesses have used up the limit: this answer must not be told */
  failed(): Promise<void>;
  /** Forgets the failures. @throws Problem `rate_limited` as above */
  succeeded(): Promise<void>;
}

export interface LoginThrottle {
  /**
   * @param trusted - where the account is known to be used: a network it has signed in from, or one of its sessions. Each has a count of
   * its own; all other places share one. So strangers, however many, get a handful of guesses and then one every quarter of an hour, and
   * can't lock the owner out of a trusted place.
   */
  guessesAt(username: string, trusted: string | null): Guesses;
}

export function createLoginThrottle(failures: LoginFailures, backoff: Backoff): LoginThrottle {
  return {
    guessesAt(username, trusted) {
      const account = createHash('sha256').update(username.toLowerCase()).digest('base64url').slice(0, 22);
      const key = `${account}:${trusted ?? 'strangers'}`;
      return {
        refuseIfBlocked: async () => refuseFor(await failures.blockedForMs(key)),
        failed: async () => refuseFor(await failures.add(key, backoff)),
        succeeded: async () => refuseFor(await failures.clear(key)),
      };
    },
  };
}

function refuseFor(waitMs: number): void {
  if (waitMs > 0) throw rateLimited('Too many failed attempts.', waitMs);
}
