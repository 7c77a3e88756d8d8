/** Decides when keys are loaded, one load at a time: at the start, after the pause that the last load asked for, and on request. */
export interface Loads {
  /** The load under way, or a new one. `null` within the cooldown after the last load that this began, and after `close`. */
  join(cooldownMs: number): Promise<void> | null;
  /** One more load follows a load under way, which may have begun before the kill, and serves all who ask meanwhile. */
  afterKill(): Promise<void>;
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
