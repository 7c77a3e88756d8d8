import type { Log } from '../domain/log.ts';
import type { Backlog } from '../domain/revocation/outbox.ts';
import type { Publication } from '../domain/revocation/publish-revocations.ts';

/** A list at fault again this soon wasn't lost: two auth instances don't share the same database and the same Redis, and fight over it. */
const FIGHT_MS = 5000;

const NO_BACKLOG: Backlog = { unsent: 0, oldestSeconds: 0 };

export interface FeedStats extends Backlog {
  /** Whether the last turn reached Redis and the database. */
  readonly isWorking: boolean;
  /** Unix milliseconds by Redis's clock; `null` before the first heartbeat. */
  readonly lastBeatMs: number | null;
  readonly rebuilds: number;
  readonly sent: number;
}

/** Records the outcome of the feed's turns, for the log and the metrics. Each change for the worse or the better is logged once. */
export class FeedRecord {
  readonly #log: Log;
  #stats: FeedStats = { ...NO_BACKLOG, isWorking: true, lastBeatMs: null, rebuilds: 0, sent: 0 };
  #faultAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  get stats(): FeedStats {
    return this.#stats;
  }

  noteTurn({ isFirst, isComplete, lastBeatMs = this.#stats.lastBeatMs, sent }: Publication): void {
    if (!this.#stats.isWorking) this.#log.info({}, 'revocations are published again');
    if (isFirst) this.#log.info({}, 'Redis has no revocation list yet; the first one is started');
    this.#stats = { ...this.#stats, ...(isComplete && NO_BACKLOG), isWorking: true, lastBeatMs, sent: this.#stats.sent + sent };
  }

  /** The list was replaced. @returns whether that also happened a moment ago */
  noteFault(reason: string): boolean {
    const nowMs = performance.now();
    const isAgain = nowMs - this.#faultAtMs < FIGHT_MS;
    this.#faultAtMs = nowMs;
    this.#stats = { ...this.#stats, rebuilds: this.#stats.rebuilds + 1 };
    const what = isAgain
      ? 'the revocation list in Redis is not ours again: check that every auth instance on this database has the same REDIS_URL, and that ' +
        'no other auth service, with another database, uses this Redis'
      : 'the revocation list in Redis was lost or changed; it is rebuilt';
    this.#log.warn({ reason }, what);
    return isAgain;
  }

  noteFailure(error: unknown): void {
    if (this.#stats.isWorking) this.#log.error({ err: error }, 'revocations cannot be published to Redis; they are kept and sent later');
    this.#stats = { ...this.#stats, isWorking: false };
  }

  /** A backlog that was counted; ignored if everything has been sent since. */
  noteBacklog(backlog: Backlog): void {
    if (!this.#stats.isWorking) this.#stats = { ...this.#stats, ...backlog };
  }
}
