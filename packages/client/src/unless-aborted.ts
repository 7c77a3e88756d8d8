/**
 * The result of `work`, unless the caller aborts first: then its waiting ends, while the work continues for others that share it.
 * Work that hasn't begun by then never begins.
 */
export async function unlessAborted<Value>(signal: AbortSignal | null | undefined, work: () => Promise<Value>): Promise<Value> {
  if (!signal) return work();
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  return Promise.race([work(), aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
