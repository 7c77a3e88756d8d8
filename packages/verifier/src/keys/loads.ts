/** When keys are loaded: at the start, then whenever the last load said, and when somebody asks. One load at a time. */
export interface Loads {
  /** The load under way, or else a new one; `null` within the cooldown, which only such a new one begins, and after the last. */
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
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function begin(afterKill = false): Promise<void> {
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
      const nowMs = performance.now();
      if (closed || nowMs - askedAtMs < cooldownMs) return null;
      askedAtMs = nowMs;
      return begin();
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
