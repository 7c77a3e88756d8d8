import type { Log } from '../log.ts';

const SHORTEST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;

/** Attempts to follow the list that failed one after the other: what the log tells of them, and how long to wait for the next. */
export class FailedAttempts {
  readonly #log: Log | undefined;
  readonly #toldReasons = new Set<string>();
  #count = 0;

  constructor(log: Log | undefined) {
    this.#log = log;
  }

  get pauseMs(): number {
    return Math.min(SHORTEST_PAUSE_MS * 2 ** this.#count, LONGEST_PAUSE_MS);
  }

  /** Logs each reason once: after the lost connection that is logged first, the password may turn out to be wrong. */
  add(error: unknown): void {
    const reason = String(error);
    if (!this.#toldReasons.has(reason)) this.#log?.warn({ err: error }, 'revocations currently cannot be followed');
    this.#toldReasons.add(reason);
    this.#count += 1;
  }

  /** An attempt has succeeded. */
  end(): void {
    if (this.#count > 0) this.#log?.info({}, 'following revocations again');
    this.#toldReasons.clear();
    this.#count = 0;
  }
}
