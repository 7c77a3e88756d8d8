import { performance } from 'node:perf_hooks'; // the global is a getter, and every request asks for the time here

export interface FreshnessLimits {
  /** The longest time since Redis last answered. */
  readonly maxStalenessSeconds: number;
  /** The longest time since the auth service last confirmed that the list is complete. */
  readonly maxSilenceSeconds: number;
}

/** How far the list can be trusted: whether it is known to be complete, and the two ages that {@link FreshnessLimits} bound. */
export class Freshness {
  readonly #limits: FreshnessLimits;
  #inSync = false;
  #answeredAtMs: number | null = null;
  #heartbeatAtMs: number | null = null;
  #freshUntilMs = Number.NEGATIVE_INFINITY;

  constructor(limits: FreshnessLimits) {
    this.#limits = limits;
  }

  get inSync(): boolean {
    return this.#inSync;
  }

  /** By `performance.now()`; `null` before the first one. */
  get heartbeatAtMs(): number | null {
    return this.#heartbeatAtMs;
  }

  isFresh(): boolean {
    return performance.now() <= this.#freshUntilMs;
  }

  /** Redis has answered. While the list isn't known to be complete, an answer proves nothing and makes nothing fresher. */
  noteAnswer(hasHeartbeat: boolean): void {
    const nowMs = performance.now();
    if (hasHeartbeat) {
      this.#inSync = true;
      this.#heartbeatAtMs = nowMs;
    }
    if (!this.#inSync || this.#heartbeatAtMs === null) return;
    const { maxStalenessSeconds, maxSilenceSeconds } = this.#limits;
    this.#answeredAtMs = nowMs;
    this.#freshUntilMs = Math.min(nowMs + maxStalenessSeconds * 1000, this.#heartbeatAtMs + maxSilenceSeconds * 1000);
  }

  /** The list may be a different one. What is known of the former one ages from here on. */
  noteOtherList(): void {
    this.#inSync = false;
  }

  notReady(): string | null {
    if (this.#heartbeatAtMs === null) return 'the list of revocations has not been read yet';
    return this.isFresh() ? null : 'the list of revocations is too old';
  }

  ages() {
    return { answerAgeSeconds: ageSeconds(this.#answeredAtMs), heartbeatAgeSeconds: ageSeconds(this.#heartbeatAtMs) };
  }
}

function ageSeconds(atMs: number | null): number | null {
  return atMs === null ? null : (performance.now() - atMs) / 1000;
}
