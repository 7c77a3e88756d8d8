/** Waits until the work is done or has failed, and not longer than this. The work goes on. */
export async function settledWithin(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
