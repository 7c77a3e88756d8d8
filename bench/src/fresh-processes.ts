import { type Load, type Measured, measure } from './load.ts';
import { mean, median } from './statistics.ts';
import type { VariantProcess } from './variant-process.ts';

export interface Contender {
  start(): Promise<Loaded>;
}

export interface Loaded {
  readonly variant: VariantProcess;
  readonly load: Load;
}

/**
 * Turns of one second each, since the speed of a shared machine changes within seconds. Their order is fixed, so that each process has been
 * idle for the same time before its turn: an idle V8 gives back memory, which the load then needs again.
 */
const TURNS = 4;

/**
 * Measures variants in new, warmed-up processes each round: of processes with the same code, one can be a tenth slower than the next all
 * its life, by where its heap and compiled code happen to be.
 *
 * @returns what each variant measured, by name, one value per round
 */
export async function inFreshProcesses(
  rounds: number,
  contenders: Readonly<Record<string, Contender>>,
  progress: (message: string) => void,
): Promise<Record<string, Measured[]>> {
  const results: Record<string, Measured[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}`);
    const variants: VariantProcess[] = [];
    const turns: { readonly name: string; readonly measured: Measured[]; take(): Promise<Measured> }[] = [];
    for (const [name, { start }] of Object.entries(contenders)) {
      const { variant, load } = await start();
      await warmUp({ variant, load });
      variants.push(variant);
      turns.push({ name, measured: [], take: () => measure(variant, { ...load, seconds: 1 }) });
    }
    for (let turn = 0; turn < TURNS; turn += 1) for (const { measured, take } of turns) measured.push(await take());
    for (const { name, measured } of turns) results[name]?.push(averageOf(measured));
    await Promise.all(variants.map((variant) => variant.stop()));
  }
  return results;
}

/**
 * After one second, a route that reads Postgres still took a fifth more CPU than after three, and with the verifier in front for longer.
 */
const WARM_UP_SECONDS = 3;

/** Sends each token once, to make it known, and then more until the code is compiled. */
async function warmUp({ variant, load }: Loaded): Promise<void> {
  await measure(variant, { ...load, requests: load.headers?.length ?? 1 });
  await measure(variant, { ...load, seconds: WARM_UP_SECONDS });
}

function averageOf(turns: readonly Measured[]): Measured {
  return {
    requestsPerSecond: mean(turns.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpuMicroseconds: mean(turns.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    p99Ms: median(turns.map(({ p99Ms }) => p99Ms)),
  };
}
