import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '@countersign/problems';

/** A revocation covers everything before the coming second. What is further ahead was set before the clock went back. */
const LONGEST_SECONDS = 2;

/**
 * Waits until the database's clock says `second`.
 *
 * @param now - what it says, Unix seconds with fractions
 * @throws Problem `unavailable` where that would take long
 */
export async function waitForSecond(second: number, now: number): Promise<void> {
  await waitOut(second - now, LONGEST_SECONDS, 'a revocation');
}

/**
 * Waits for what is dated a moment ahead by the database's clock.
 *
 * @param longestSeconds - further ahead nothing is dated, unless that clock was set back since
 * @param what - is ahead: for the log
 * @throws Problem `unavailable` where it is
 */
export async function waitOut(seconds: number, longestSeconds: number, what: string): Promise<void> {
  if (seconds > longestSeconds)
    throw new Problem('unavailable', {
      cause: new Error(`the database's clock must have been set back: by it, ${what} is ${seconds} s ahead`),
    });
  if (seconds > 0) await wait(seconds * 1000);
}
