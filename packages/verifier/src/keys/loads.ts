/** When keys are loaded: at the start, then whenever the last load said, and when somebody asks. One load at a time. */
export interface Loads {
  /** The load under way, or else a new one; `null` where the last one began within the cooldown, or was to be the last. */
  join(cooldownMs: number): Promise<void> | null;
  /** A load under way may have begun before the kill, so its answer doesn't count: one more follows it, for all who ask meanwhile. */
  afterKill(): Promise<void>;
  /** The load under way is the last. */
  close(): void;
}

/** @param load - never rejects; gives the milliseconds until the next load */
export function startLoads(load: (afterKill: boolean) => Promise<number>): Loads {
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;
  let begunAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function begin(afterKill = false): Promise<void> {
    begunAtMs = performance.now();
    running = load(afterKill).then((pauseMs) => {
      running = null;
      schedule(pauseMs);
    });
    return running;
  }

  function schedule(pauseMs: number): void {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void (running ?? begin()), pauseMs).unref();
  }

  void begin();

  return {
    join(cooldownMs) {
      if (running !== null) return running;
      return closed || performance.now() - begunAtMs < cooldownMs ? null : begin();
    },
    async afterKill() {
      if (closed) return;
      following ??= (running ?? Promise.resolve()).then(async () => {
        following = null;
        if (!closed) await begin(true);
      });
      await following;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
