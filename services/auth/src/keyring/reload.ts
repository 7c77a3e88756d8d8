import { setTimeout as wait } from 'node:timers/promises';
import { settledWithin } from '@countersign/service';

/** Strangers can cause reads no more often than this, by unknown kids and by fetching the JWKS past its caches. */
const REFRESH_EVERY_MS = 50;
const REFRESH_LIMIT_MS = 1500;

/** Three ways to read again. Concurrent callers share a read. */
export interface Reload {
  /** Begins after the call, so that it sees everything committed before. */
  reload(): Promise<void>;
  /** Joins the read that is running, or starts one. */
  joinReload(): Promise<void>;
  /** `reload` for strangers: rarely, however often they ask, and for a limited time, even if the database doesn't answer. */
  refresh(): Promise<void>;
}

export function createReload(read: () => Promise<void>): Reload {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let refreshing: Promise<void> | null = null;
  let refreshedAtMs = 0;

  function reload(): Promise<void> {
    next ??= (running ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        next = null;
        running = read().finally(() => {
          running = null;
        });
        return running;
      });
    return next;
  }

  async function refreshSoon(): Promise<void> {
    await wait(Math.max(0, refreshedAtMs + REFRESH_EVERY_MS - performance.now()), undefined, { ref: false });
    refreshing = null;
    refreshedAtMs = performance.now();
    await settledWithin(REFRESH_LIMIT_MS, reload());
  }

  return {
    reload,
    joinReload: () => running ?? reload(),
    refresh: () => {
      refreshing ??= refreshSoon();
      return refreshing;
    },
  };
}
