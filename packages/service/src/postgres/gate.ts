/** Admits a bounded number at a time and lets a bounded number wait, in the order of their calls. */
export class Gate {
  readonly #maxWaiting: number;
  /** Answers those who wait; a `Set` keeps the order of their turns. */
  readonly #waiting = new Set<(isAdmitted: boolean) => void>();
  #free: number;

  constructor(max: number, maxWaiting: number) {
    this.#free = max;
    this.#maxWaiting = maxWaiting;
  }

  /** `true` once inside, where a caller then calls `leave` once; `false` when too many wait already, or after `waitMs`. */
  async enter(waitMs?: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    if (this.#waiting.size >= this.#maxWaiting) return false;
    const { promise: isAdmitted, resolve: answer } = Promise.withResolvers<boolean>();
    this.#waiting.add(answer);
    const limit = waitMs === undefined ? undefined : setTimeout(() => this.#answer(answer, false), waitMs);
    try {
      return await isAdmitted;
    } finally {
      clearTimeout(limit);
    }
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else this.#answer(next, true);
  }

  #answer(one: (isAdmitted: boolean) => void, isAdmitted: boolean): void {
    this.#waiting.delete(one);
    one(isAdmitted);
  }
}
