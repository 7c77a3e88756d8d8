/** Admits a bounded number at a time and lets a bounded number wait, first come, first served. */
export class Gate {
  readonly #maxWaiting: number;
  /** What answers each of them, in the order of their turns: a `Set` keeps it. */
  readonly #waiting = new Set<(isAdmitted: boolean) => void>();
  #free: number;

  constructor(max: number, maxWaiting: number) {
    this.#free = max;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Resolves to `true` once inside, to `false` when too many are waiting already, or when `waitMs` have passed. A caller that is
   * inside calls `leave` once.
   */
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
