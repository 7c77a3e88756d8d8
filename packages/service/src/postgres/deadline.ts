/** A time limit that can be paused while another limit applies. */
export class Deadline {
  readonly #ms: number;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

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
    this.end();
    try {
      return await work();
    } finally {
      this.#start();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#timer = setTimeout(() => {
      this.#over = true;
      this.#onOver();
    }, this.#ms);
  }
}
