import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from './figure.ts';
import type { Server } from './load.ts';

/** A server in a separate process, so that its CPU time can be told from the load generator's. */
export interface VariantProcess extends Server {
  /** Live heap, after a collection. */
  heapBytes(): Promise<number>;
  stop(): Promise<void>;
}

export interface Usage {
  readonly cpuMicroseconds: number;
  readonly heapBytes: number;
}

/** For a variant to listen and to read what it needs. */
const READY_MS = 120_000;

/**
 * Starts `variants/<name>.ts`, which ends with the figure at the latest.
 *
 * @param settings - handed over as JSON
 */
export async function startVariant({ teardown }: BenchContext, name: string, settings: object = {}): Promise<VariantProcess> {
  const child = fork(fileURLToPath(new URL(`./variants/${name}.ts`, import.meta.url)), [JSON.stringify(settings)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  teardown(stop);
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended at start with ${String(code)}`)));
  const ready = once(child, 'message', { signal: AbortSignal.timeout(READY_MS) });
  const [{ url }] = (await Promise.race([ready, failed])) as [{ url: string }];
  failed.catch(() => {});
  // Asks for one value: collecting garbage for the heap's would count as CPU of the requests.
  const ask = async (wanted: keyof Usage): Promise<number> => {
    child.send(wanted);
    const [answer] = (await once(child, 'message')) as [Usage];
    return answer[wanted];
  };
  return {
    name,
    url,
    cpuMicroseconds: () => ask('cpuMicroseconds'),
    heapBytes: () => ask('heapBytes'),
    stop,
  };
}
