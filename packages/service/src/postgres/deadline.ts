/** A time limit that can be paused while another limit applies. It passes at most once, and not after it has ended. */
export class Deadline {
  readonly #ms: number;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #ended = false;

  constructor(ms: number, onOver: () => void) {
    this.#ms = ms;
    this.#onOver = onOver;
    this.#start();
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Runs `work` outside the limit; afterwards the whole limit starts again. */
  async pauseFor<Result>(work: () => Promise<Result>): Promise<Result> {
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      this.#start();
    }
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #start(): void {
    if (this.#over || this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#over = true;
      this.#onOver();
    }, this.#ms);
  }
}
