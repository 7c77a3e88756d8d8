import { spawn } from 'node:child_process';
import { guard } from './guard.ts';
import type { Owner } from './owner.ts';
import { until } from './until.ts';

export interface StartOptions {
  /** The whole environment besides PATH and HOME: nothing of the test run's own gets in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly program?: string;
  readonly cwd?: string;
  /** Answers 2xx once the process is ready. When left out, nothing is waited for. */
  readonly readyUrl?: string;
  readonly timeoutMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  readonly exit: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, with the 10 s that a clean stop may take. */
  stop(): Promise<Exit>;
}

/**
 * Runs a file as a process, as an operator would: TypeScript, unless `program` says otherwise. It ends with its owner, and with this
 * process, however that ends.
 *
 * @throws Error with what the process wrote, when it ends or isn't ready within `timeoutMs` (60 s, for a busy machine)
 */
export async function startProcess(owner: Owner, file: string, options: StartOptions = {}): Promise<StartedProcess> {
  const { env = {}, args = [], program = process.execPath, readyUrl, timeoutMs = 60_000 } = options;
  const child = spawn(program, [file, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output.stderr += text.toString()));
  const exit = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      output.stderr += error.message;
      resolve({ code: null, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid !== undefined) child.once('exit', guard(child.pid));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  owner.teardown(async () => {
    child.kill('SIGKILL');
    await exit;
  });

  if (readyUrl !== undefined) {
    const ready = until(async () => hasEnded() || (await fetch(readyUrl, { signal: AbortSignal.timeout(2000) })).ok, {
      timeoutMs,
      everyMs: 25,
    });
    await ready.catch((cause: unknown) => {
      throw new Error(`${file} isn't ready at ${readyUrl} after ${timeoutMs} ms:\n${output.stdout}${output.stderr}`, { cause });
    });
    if (hasEnded()) throw new Error(`${file} ended at its start:\n${output.stdout}${output.stderr}`);
  }

  return {
    pid: child.pid ?? -1,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exit,
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      await until(hasEnded, { timeoutMs: 10_000 });
      return exit;
    },
  };
}
