export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nearest-rank percentile; `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/**
 * Runs the variants in turn, round by round, so that a drift of the machine affects all alike; every other round in reverse order.
 *
 * @returns what each variant measured, by name, one value per round
 */
export async function inRounds<Value>(
  rounds: number,
  variants: Readonly<Record<string, () => Promise<Value>>>,
): Promise<Record<string, Value[]>> {
  const names = Object.keys(variants);
  const results: Record<string, Value[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await variants[name]?.();
      if (value !== undefined) results[name]?.push(value);
    }
  }
  return results;
}

export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((value, round) => value / (denominators[round] ?? Number.NaN)));
}
