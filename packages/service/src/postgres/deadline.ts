/** A time limit that can be paused while another one applies. It passes once at most, and not after `end`. */
export class Deadline {
  readonly #ms: number;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #state: 'running' | 'over' | 'ended' = 'running';

  constructor(ms: number, onOver: () => void) {
    this.#ms = ms;
    this.#onOver = onOver;
    this.#start();
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** Runs `work` outside the limit, which then starts again from zero. */
  async pauseFor<Result>(work: () => Promise<Result>): Promise<Result> {
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      if (this.#state === 'running') this.#start();
    }
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#timer = setTimeout(() => {
      this.#state = 'over';
      this.#onOver();
    }, this.#ms);
  }
}
