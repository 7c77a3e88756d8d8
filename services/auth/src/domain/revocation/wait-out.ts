import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '@countersign/problems';

/**
 * Waits for a moment that the database's clock has dated slightly ahead.
 *
 * @param longestSeconds - nothing is dated further ahead, unless that clock was set back since
 * @param what - names what is dated ahead, for the log
 * @throws Problem `unavailable` where it is further ahead
 */
export async function waitOut(seconds: number, longestSeconds: number, what: string): Promise<void> {
  if (seconds > longestSeconds)
    throw new Problem('unavailable', {
      cause: new Error(`the database's clock must have been set back: ${what} is ${seconds} s in its future`),
    });
  if (seconds > 0) await wait(seconds * 1000);
}
