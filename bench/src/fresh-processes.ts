import { type Load, type Measured, measure } from './load.ts';
import { inRounds, mean, percentile } from './statistics.ts';
import type { VariantProcess } from './variant-process.ts';

export interface Loaded {
  readonly variant: VariantProcess;
  readonly load: Load;
}

/** A second each, in turn: this machine's speed changes from one second to the next. */
const TURNS = 3;

/**
 * Measures variants in new processes each round, warmed up: of processes that run the same code, one can be a tenth slower
 * than the next for as long as it lives, by where its heap and its compiled code happen to be.
 *
 * @param starts - each starts a process of its variant that is ready for the load
 * @returns what each variant measured, by name, one value per round
 */
export async function inFreshProcesses(
  rounds: number,
  starts: Readonly<Record<string, () => Promise<Loaded>>>,
  progress: (message: string) => void,
): Promise<Record<string, Measured[]>> {
  const results: Record<string, Measured[]> = Object.fromEntries(Object.keys(starts).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}`);
    const started: [string, Loaded][] = [];
    for (const [name, start] of Object.entries(starts)) {
      const loaded = await start();
      await warmUp(loaded);
      started.push([name, loaded]);
    }
    const turns = started.map(([name, { variant, load }]) => [name, () => measure(variant, { ...load, seconds: 1 })] as const);
    for (const [name, measured] of Object.entries(await inRounds(TURNS, Object.fromEntries(turns))))
      results[name]?.push(together(measured));
    await Promise.all(started.map(([, { variant }]) => variant.stop()));
  }
  return results;
}

/** Each token once, so that it is known, and then until the code is compiled. */
async function warmUp({ variant, load }: Loaded): Promise<void> {
  await measure(variant, { ...load, requests: load.headers?.length ?? 1 });
  await measure(variant, { ...load, seconds: 2 });
}

function together(turns: readonly Measured[]): Measured {
  return {
    requestsPerSecond: mean(turns.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpuMicroseconds: mean(turns.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    p50Ms: percentile(
      turns.map(({ p50Ms }) => p50Ms),
      0.5,
    ),
    p99Ms: percentile(
      turns.map(({ p99Ms }) => p99Ms),
      0.5,
    ),
  };
}
