/** Waits until the work is done or has failed, at most for this long. Then the work continues without its caller. */
export async function settledWithin(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
