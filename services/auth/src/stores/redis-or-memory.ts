import type { Log } from '../domain/log.ts';

/** How long a Redis that failed is left alone, so that not every request waits for its timeout. */
const PAUSE_MS = 2000;

export type CountLog = Pick<Log, 'info' | 'warn'>;

export interface RedisOrMemoryOptions<Store> {
  /** What is counted, in words that tell one such line of the log from another. */
  readonly counted: string;
  readonly redis: Store;
  readonly memory: Store;
  readonly log: CountLog;
}

/** Counts in Redis for all instances or, while it is away, in this process: there is always a limit, and a lost Redis refuses nobody. */
export class RedisOrMemory<Store> {
  readonly #counted: string;
  readonly #redis: Store;
  readonly #memory: Store;
  readonly #log: CountLog;
  #memoryUntilMs = 0;
  #isAway = false;

  constructor({ counted, redis, memory, log }: RedisOrMemoryOptions<Store>) {
    this.#counted = counted;
    this.#redis = redis;
    this.#memory = memory;
    this.#log = log;
  }

  async run<Result>(use: (store: Store) => Promise<Result>): Promise<Result> {
    return await this.#try(async (store) => {
      const result = await use(store);
      if (store === this.#redis) this.#tellThatItIsBack();
      return result;
    });
  }

  /**
   * For a question that changes no count. Even a Redis whose disk or memory is full answers one, so an answer doesn't mean that it is back.
   */
  async ask<Result>(use: (store: Store) => Promise<Result>): Promise<Result> {
    return await this.#try(use);
  }

  async #try<Result>(use: (store: Store) => Promise<Result>): Promise<Result> {
    if (performance.now() < this.#memoryUntilMs) return await use(this.#memory);
    try {
      return await use(this.#redis);
    } catch (error) {
      this.#memoryUntilMs = performance.now() + PAUSE_MS;
      if (!this.#isAway) {
        this.#log.warn({ err: error }, `${this.#counted} are counted in memory, by each instance for itself, until Redis answers`);
      }
      this.#isAway = true;
      return await use(this.#memory);
    }
  }

  #tellThatItIsBack() {
    if (this.#isAway) this.#log.info({}, `${this.#counted} are counted in Redis again`);
    this.#isAway = false;
  }
}
