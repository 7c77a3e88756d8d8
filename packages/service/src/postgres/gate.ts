/** Admits a bounded number at a time and lets a bounded number wait, first come, first served. */
export class Gate {
  readonly #maxWaiting: number;
  /** In the order of their turns: a `Set` keeps it. */
  readonly #waiting = new Set<() => void>();
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
    return await new Promise<boolean>((resolve) => {
      const admit = () => {
        clearTimeout(limit);
        resolve(true);
      };
      const giveUp = () => {
        this.#waiting.delete(admit);
        resolve(false);
      };
      const limit = waitMs === undefined ? undefined : setTimeout(giveUp, waitMs);
      this.#waiting.add(admit);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
