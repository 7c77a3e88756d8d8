import { valueWithin } from './value-within.ts';

/** Waits until the work is done or has failed, but no longer than this. The work then continues without its caller. */
export async function settledWithin(limitMs: number, work: Promise<unknown>): Promise<void> {
  const settled = work.catch(() => {});
  await valueWithin(limitMs, settled, undefined);
}
