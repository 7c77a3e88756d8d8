/**
 * Makes one statement of what is asked for at the same time. Each read begins after all whose keys it holds have asked, so
 * that nobody gets what was true before the question: it is no cache.
 *
 * @param readMany - gives what it finds, by key
 */
export function readTogether<Value>(
  readMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (key: string) => Promise<Value | null> {
  let waiting: { readonly keys: Set<string>; readonly values: Promise<ReadonlyMap<string, Value>> } | null = null;
  let reading: Promise<unknown> = Promise.resolve();

  function wait() {
    const keys = new Set<string>();
    const values = reading.then(() => {
      waiting = null;
      return readMany([...keys]);
    });
    reading = values.catch(() => {});
    return { keys, values };
  }

  return async (key) => {
    waiting ??= wait();
    waiting.keys.add(key);
    return (await waiting.values).get(key) ?? null;
  };
}
