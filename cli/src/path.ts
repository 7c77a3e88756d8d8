import { UsageError } from './failures.ts';

/** A path with ids in it. Text that could change the path (`..`, `a/b`) isn't an id. */
export function path(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  const wrong = ids.find((id) => !/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/.test(id));
  if (wrong !== undefined) throw new UsageError(`${JSON.stringify(wrong)} isn't an id.`);
  return String.raw({ raw: parts }, ...ids);
}
