import type { AddressCounts } from '../domain/address-counts.ts';
import { setNewest } from './set-newest.ts';

interface Window {
  readonly endsAtMs: number;
  requests: number;
}

/** Limits the memory that a flood from invented addresses takes; the oldest windows go first. */
const MAX_WINDOWS = 100_000;

export function createMemoryAddressCounts(nowMs: () => number = () => performance.now()): AddressCounts {
  const windows = new Map<string, Window>();

  function begin(key: string, windowMs: number): Window {
    const window = { endsAtMs: nowMs() + windowMs, requests: 0 };
    setNewest(windows, key, window, MAX_WINDOWS);
    return window;
  }

  return {
    async increment(key, windowMs) {
      const found = windows.get(key);
      const window = found !== undefined && found.endsAtMs > nowMs() ? found : begin(key, windowMs);
      window.requests += 1;
      return { requests: window.requests, endsInMs: window.endsAtMs - nowMs() };
    },
  };
}
