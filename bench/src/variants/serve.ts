import { setTimeout as pause } from 'node:timers/promises';
import type { Usage } from '../variant-process.ts';

const usage: { readonly [Name in keyof Usage]: () => number } = {
  cpuMicroseconds() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  heapBytes() {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};

/**
 * The child's half of `startVariant`: listens, reports where, and answers how much CPU or memory the process has used.
 *
 * @param isReady - polled until it is true, before anything is reported. Not over HTTP: Node's HTTP code is compiled for the requests that
 *   it has seen, which must be the same in all variants
 */
export async function serve(listen: () => Promise<string>, isReady: () => boolean = () => true): Promise<void> {
  const url = await listen();
  while (!isReady()) await pause(5);
  process.on('message', (wanted: keyof Usage) => {
    process.send?.({ [wanted]: usage[wanted]() });
  });
  process.on('disconnect', () => process.exit()); // a bench that is killed leaves no variant behind
  process.send?.({ url });
}

export function settings<Settings>(): Settings {
  return JSON.parse(process.argv[2] ?? '{}') as Settings;
}
