/** Whether a fault is going on, and since when none is. */
export class Weather {
  #quietSinceMs = performance.now();

  faultBegins(): void {
    this.#quietSinceMs = Number.POSITIVE_INFINITY;
  }

  /** Everything works again. */
  clears(): void {
    this.#quietSinceMs = performance.now();
  }

  /** Infinity while there is a fault. */
  get quietSinceMs(): number {
    return this.#quietSinceMs;
  }
}
