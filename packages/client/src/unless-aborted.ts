/**
 * The result of `work`, unless the caller aborts first: that ends its wait, while the work continues for others who share it. Work that
 * hasn't begun by then never begins.
 */
export async function unlessAborted<Value>(signal: AbortSignal | null | undefined, work: () => Promise<Value>): Promise<Value> {
  if (!signal) return work();
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  return Promise.race([work(), aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
