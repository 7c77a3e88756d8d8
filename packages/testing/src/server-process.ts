import { type SpawnOptions, spawn } from 'node:child_process';
import { detach, guard } from './guard.ts';
import { until } from './until.ts';

export interface ServerProcess {
  readonly pid: number;
  output(): string;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a server that ends with this process, even by kill -9.
 *
 * @param folder - its working folder; removed when this process dies while the server is running
 */
export function startServerProcess(
  program: string,
  args: readonly string[],
  folder: string,
  user?: Pick<SpawnOptions, 'uid' | 'gid'>,
): ServerProcess {
  // Its own process group: Ctrl-C reaches only the tests, which then end their servers in order.
  const child = spawn(program, args, { ...user, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output: string[] = [];
  child.stdout.on('data', (text: Buffer) => output.push(text.toString()));
  child.stderr.on('data', (text: Buffer) => output.push(text.toString()));
  child.on('error', (error) => output.push(error.message));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  const release = guard(pid, folder);
  detach(child);

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    output: () => output.join(''),
    hasEnded,
    signal: (signal) => void (hasEnded() || child.kill(signal)),
    async end(signal) {
      if (hasEnded()) return;
      child.kill(signal);
      await until(hasEnded, { timeoutMs: 10_000 });
      release();
    },
  };
}
