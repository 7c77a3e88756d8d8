import { setTimeout as wait } from 'node:timers/promises';

/** A read that takes longer holds up no other. */
const PATIENCE_MS = 50;

/**
 * Makes one statement of what is asked for at the same time. Each read begins after all whose keys it holds have asked, so
 * that no caller gets what was true before its question: it isn't a cache.
 *
 * @param readMany - gives what it finds, by key
 */
export function readTogether<Value>(
  readMany: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (key: string) => Promise<Value | null> {
  let waiting: { readonly keys: Set<string>; readonly values: Promise<ReadonlyMap<string, Value>> } | null = null;
  let reading: Promise<unknown> | null = null;

  async function readSoon(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, Value>> {
    await (reading === null ? Promise.resolve() : Promise.race([reading, wait(PATIENCE_MS, null, { ref: false })]));
    waiting = null;
    const values = readMany([...keys]);
    const settled = values.then(
      () => {},
      () => {},
    );
    reading = settled;
    void settled.then(() => {
      if (reading === settled) reading = null;
    });
    return values;
  }

  return async (key) => {
    if (waiting === null) {
      const keys = new Set<string>();
      waiting = { keys, values: readSoon(keys) };
    }
    waiting.keys.add(key);
    return (await waiting.values).get(key) ?? null;
  };
}
