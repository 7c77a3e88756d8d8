/** Longer than any library's chain of wraps; it also ends a circle. */
const LONGEST_CHAIN = 10;

/** What was thrown and its causes, the innermost last: drizzle wraps what its driver throws. */
export function withCauses(thrown: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let next = thrown; next !== undefined && next !== null && chain.length < LONGEST_CHAIN; next = (next as Error).cause)
    chain.push(next);
  return chain;
}
