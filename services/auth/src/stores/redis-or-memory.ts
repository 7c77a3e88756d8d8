/** How long a Redis that failed is left alone, so that not every request waits for its timeout. */
const PAUSE_MS = 2000;

/** Counts in Redis, which all instances share, and while Redis is away in this process's memory: never without a limit, never refusing for want of Redis. */
export class RedisOrMemory<Store> {
  readonly #redis: Store;
  readonly #memory: Store;
  #memoryUntilMs = 0;

  constructor(redis: Store, memory: Store) {
    this.#redis = redis;
    this.#memory = memory;
  }

  async run<Result>(use: (store: Store) => Promise<Result>): Promise<Result> {
    if (performance.now() < this.#memoryUntilMs) return await use(this.#memory);
    try {
      return await use(this.#redis);
    } catch {
      this.#memoryUntilMs = performance.now() + PAUSE_MS;
      return await use(this.#memory);
    }
  }
}
