import type { Log } from '../log.ts';

const SHORTEST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;

/** Attempts to follow the list that failed in a row: logs them, and says how long to wait before the next. */
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

  /** Logs each reason once, not the first alone: the password may turn out to be wrong only after the lost connection was logged. */
  add(error: unknown): void {
    const reason = String(error);
    if (!this.#toldReasons.has(reason))
      this.#log?.warn({ err: error }, 'the list of revocations in Redis cannot be followed; trying again');
    this.#toldReasons.add(reason);
    this.#count += 1;
  }

  end(): void {
    if (this.#count > 0) this.#log?.info({}, 'the list of revocations in Redis is followed again');
    this.#toldReasons.clear();
    this.#count = 0;
  }
}
