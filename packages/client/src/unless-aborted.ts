/**
 * What `work` gives, unless the caller aborts first: then its waiting ends, and the work goes on for others that share it.
 * Work that was not begun by then isn't.
 */
export async function unlessAborted<Value>(signal: AbortSignal | null | undefined, work: () => Promise<Value>): Promise<Value> {
  if (!signal) return work();
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work(), aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
