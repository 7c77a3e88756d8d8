import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Problem } from '@countersign/problems';
import { networkOf } from '../domain/network.ts';
import { FOR_NO_CALL, type HashingFor, type PasswordHasher, type PasswordVerdict } from '../domain/people/password-hasher.ts';
import { FairQueue } from './fair-queue.ts';
import type { PasswordJob } from './password-worker.ts';

/** One thread per core: more would only share the same cores and hold 19 MiB each. */
const THREADS = availableParallelism();
/** A caller that arrives while this many wait is told to try again later: at tens of milliseconds each, they wait about two seconds. */
const MAX_WAITING = 40 * THREADS;
/**
 * On a machine that is otherwise busy they wait longer, since the threads yield. A job that has waited this long is refused: hashing for
 * callers who have already got 503 would keep those behind them waiting until they get it, too.
 */
const LONGEST_WAIT_MS = 3000;

export interface PasswordPoolOptions {
  /** Only tests need another value. */
  readonly longestWaitMs?: number;
}

interface Task {
  readonly job: PasswordJob;
  readonly sinceMs: number;
  readonly isGivenUp: () => boolean;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads that hash passwords. They start with the first job, and an idle one keeps no process alive. */
export class PasswordPool implements PasswordHasher {
  /** Each thread's current task; `null` while it is idle. */
  readonly #threads = new Map<Worker, Task | null>();
  readonly #queue = new FairQueue<Task>();
  readonly #longestWaitMs: number;
  #closed = false;

  constructor({ longestWaitMs = LONGEST_WAIT_MS }: PasswordPoolOptions = {}) {
    this.#longestWaitMs = longestWaitMs;
  }

  hash(password: string, caller: HashingFor = FOR_NO_CALL): Promise<string> {
    return this.#run<string>({ kind: 'hash', password }, caller);
  }

  verify(password: string, hash: string | null, caller: HashingFor = FOR_NO_CALL): Promise<PasswordVerdict> {
    return this.#run<PasswordVerdict>({ kind: 'verify', password, hash }, caller);
  }

  /** Refuses running, waiting and later jobs. */
  async close(): Promise<void> {
    this.#closed = true;
    const refusal = unavailable('the password threads are being ended');
    for (const { reject } of this.#queue.takeWhile(() => true)) reject(refusal);
    const threads = [...this.#threads.keys()];
    for (const thread of threads) this.#lose(thread, refusal);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  async #run<Result>(job: PasswordJob, { ip, isGivenUp }: HashingFor): Promise<Result> {
    if (this.#closed) throw unavailable('the password threads were ended');
    this.#refuseOverdue();
    const network = ip === null ? '' : networkOf(ip);
    if (this.#queue.length >= MAX_WAITING && !this.#makeRoomFor(network)) throw tooMany();
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push(network, { job, sinceMs: performance.now(), isGivenUp, resolve, reject });
    this.#next();
    const result = await promise;
    if (isGivenUp()) throw tooLate();
    return result;
  }

  #next(): void {
    this.#refuseOverdue();
    if (this.#queue.length === 0) return;
    const thread = this.#findIdle() ?? this.#startAnother();
    if (thread === undefined) return;
    const task = this.#queue.shift() as Task;
    this.#threads.set(thread, task);
    thread.ref();
    thread.postMessage(task.job);
  }

  #findIdle(): Worker | undefined {
    return this.#threads.entries().find(([, task]) => task === null)?.[0];
  }

  #refuseOverdue(): void {
    const earliestMs = performance.now() - this.#longestWaitMs;
    for (const { reject } of this.#queue.takeWhile(({ sinceMs, isGivenUp }) => sinceMs < earliestMs || isGivenUp())) reject(tooLate());
  }

  /** Refuses the newest job of the network that has the most waiting, unless this network, with one more, would have as many. */
  #makeRoomFor(network: string): boolean {
    const last = this.#queue.popFor(network);
    last?.reject(tooMany());
    return last !== undefined;
  }

  #startAnother(): Worker | undefined {
    if (this.#threads.size >= THREADS) return undefined;
    const thread = new Worker(new URL('./password-worker.ts', import.meta.url));
    thread.on('message', ({ result, error }: { result?: unknown; error?: unknown }) => {
      const task = this.#threads.get(thread);
      // A lost thread's late message is ignored: `unref()` could end the process while somebody waits for the thread to terminate.
      if (task === undefined) return;
      this.#threads.set(thread, null);
      thread.unref();
      if (error === undefined) task?.resolve(result as never);
      else task?.reject(error);
      this.#next();
    });
    thread.on('error', (cause: Error) => this.#lose(thread, new Problem('unavailable', { cause })));
    thread.on('exit', () => this.#lose(thread, unavailable('a password thread has ended')));
    return thread;
  }

  /** Another thread takes its place for the waiting jobs. */
  #lose(thread: Worker, refusal: Problem): void {
    this.#threads.get(thread)?.reject(refusal);
    this.#threads.delete(thread);
    this.#next();
  }
}

function tooLate(): Problem {
  return unavailable('the password waited too long to be hashed');
}

function tooMany(): Problem {
  return unavailable('too many passwords wait to be hashed');
}

function unavailable(why: string): Problem {
  return new Problem('unavailable', { cause: new Error(why) });
}
