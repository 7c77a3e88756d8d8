import { setTimeout as sleep } from 'node:timers/promises';

/** What a busy machine may need on top of a promised time. */
export const BUSY_MS = 2000;

export interface UntilOptions {
  /** How long the condition may stay unmet before the test fails; 20 s when left out, most of which only a busy machine needs. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until `check` returns something other than `false`, `null` or `undefined`, and returns that. Tests use it instead of a sleep, which
 * guesses how slow a machine is; a condition with a limit doesn't.
 *
 * @throws Error at the limit; its cause is what the last `check` threw, if anything
 */
export async function until<Value>(
  check: () => Value | Promise<Value>,
  { timeoutMs = 20_000, everyMs = 10 }: UntilOptions = {},
): Promise<Exclude<Value, false | null | undefined>> {
  const limit = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) return value as Exclude<Value, false | null | undefined>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  } while (performance.now() < limit);
  throw new Error(`waited ${timeoutMs} ms in vain for: ${check.toString().slice(0, 200)}`, { cause });
}
