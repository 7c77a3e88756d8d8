import type { Usage } from '../variant-process.ts';

/** Listens, reports where, and answers how much CPU and memory the process has used: the child's half of `startVariant`. */
export async function serve(listen: () => Promise<string>): Promise<void> {
  const url = await listen();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    globalThis.gc?.();
    const memory = process.memoryUsage();
    process.send?.({ cpuMicroseconds: user + system, heapBytes: memory.heapUsed + memory.external } satisfies Usage);
  });
  process.on('disconnect', () => process.exit()); // a bench that is killed leaves no variant behind
  process.send?.({ url });
}

/** The settings that the bench passes to a variant. */
export function settings<Settings>(): Settings {
  return JSON.parse(process.argv[2] ?? '{}') as Settings;
}
