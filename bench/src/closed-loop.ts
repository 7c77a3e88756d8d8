export interface LoopResult {
  readonly perSecond: number;
  readonly milliseconds: readonly number[];
}

export async function closedLoop(workers: number, seconds: number, call: (worker: number) => Promise<void>): Promise<LoopResult> {
  const milliseconds: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  const work = async (worker: number) => {
    for (let now = performance.now(); now < end; ) {
      await call(worker);
      const after = performance.now();
      milliseconds.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return { perSecond: milliseconds.length / ((performance.now() - begun) / 1000), milliseconds };
}
