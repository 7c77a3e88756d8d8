import { setTimeout as wait } from 'node:timers/promises';
import { settledWithin } from '@countersign/service';

/** Strangers cause a read at most this often, by unknown kids and by fetching the JWKS past its caches. */
const REFRESH_EVERY_MS = 50;
const REFRESH_LIMIT_MS = 1500;

/** Three ways to read again. Callers at the same time share one read. */
export interface Reload {
  /** Begins after the call: what was committed before is seen. */
  reload(): Promise<void>;
  /** The read that runs already, or else a new one. */
  joinReload(): Promise<void>;
  /** `reload` for strangers, however often they ask: within a limit, and whether or not the database answers. */
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
