import type { Log } from '../domain/log.ts';
import type { Backlog, Outbox } from '../domain/revocation/outbox.ts';
import { type Publication, publishRevocations } from '../domain/revocation/publish-revocations.ts';
import type { RevocationList } from '../domain/revocation/revocation-list.ts';
import type { RevocationFeed } from '../domain/revocation/revocations.ts';
import { settledWithin } from '../settled-within.ts';
import { PageSize } from './page-size.ts';

/** Verifiers hear once a second that the list is whole, and a lost list is noticed within two. */
const BEAT_EVERY_MS = 1000;

/** How long a revoking call waits for its entry to reach Redis. */
const FLUSH_MS = 250;

/**
 * A list that is at fault again within this time wasn't lost: another auth service uses it, and the two would replace each other's at
 * every turn.
 */
const FIGHT_MS = 5000;

/** How long a stop waits for the last entries. */
const CLOSE_MS = 1000;

export interface FeedOptions {
  readonly outbox: Outbox;
  readonly list: RevocationList;
  readonly log: Log;
  /** Called for every flush that reached Redis, with the time that it took. */
  readonly onPublished: (seconds: number) => void;
}

export interface FeedStats extends Backlog {
  /** Whether the last turn reached Redis and the database. */
  readonly isWorking: boolean;
  /** Unix milliseconds by Redis's clock; `null` before the first heartbeat. */
  readonly lastBeatMs: number | null;
  /** Lists that this instance had to start anew. */
  readonly rebuilds: number;
  readonly sent: number;
}

export interface RunningFeed extends RevocationFeed {
  stats(): FeedStats;
  /** Looks at once whether there is something to do: Redis may be back. */
  wake(): void;
  /** Sends what is unsent, within a second, and stops. */
  close(): Promise<void>;
}

interface Waiter {
  readonly since: number;
  readonly resolve: () => void;
}

/**
 * Takes turns at publishing: at each flush, and once a second with a heartbeat. One turn at a time; flushes that come
 * during a turn share the next one. While turns fail they are tried once a second, and flushes don't wait.
 */
export function startFeed({ outbox, list: untimed, log, onPublished }: FeedOptions): RunningFeed {
  const page = new PageSize();
  const list = page.timed(untimed);
  const stats = {
    unsent: 0,
    oldestSeconds: 0,
    isWorking: true,
    lastBeatMs: null as number | null,
    rebuilds: 0,
    sent: 0,
  };
  const waiting: Waiter[] = [];
  let faultAtMs = Number.NEGATIVE_INFINITY;
  let isBeatDue = false;
  let running = Promise.resolve();
  let isRunning = false;
  let isClosed = false;
  let isStopped = false;

  function run(): Promise<void> {
    if (!isRunning) {
      isRunning = true;
      running = takeTurns();
    }
    return running;
  }

  async function takeTurns(): Promise<void> {
    while (!isStopped && (isBeatDue || waiting.length > 0)) await takeTurn();
    // Same tick as the check above, so a flush queued later always starts a new turn.
    isRunning = false;
  }

  async function takeTurn(): Promise<void> {
    const served = waiting.splice(0);
    const beat = isBeatDue;
    isBeatDue = false;
    try {
      if (!list.isReachable()) throw new Error('Redis cannot be reached');
      const publication = await publishRevocations({ outbox, list }, { beat, onListed: () => tell(served), page: page.entries });
      waiting.unshift(...served);
      if (publication === null) return;
      note(publication);
      const isFight = publication.fault !== null && noteFault(publication.fault);
      page.adjust(publication.sent >= page.entries);
      // While a list is being rebuilt every turn sends a page of it, and the one that completes it may beat.
      if (!publication.isComplete && !isFight) isBeatDue = true;
    } catch (error) {
      page.adjust(false);
      fail(error, served);
    }
  }

  function tell(served: Waiter[]): void {
    for (const { since, resolve } of served.splice(0)) {
      onPublished((performance.now() - since) / 1000);
      resolve();
    }
  }

  function note(publication: Publication): void {
    if (!stats.isWorking) log.info({}, 'revocations are published again');
    stats.isWorking = true;
    if (publication.isFirst) log.info({}, 'Redis has no revocation list yet; the first one is begun');
    if (publication.isComplete) Object.assign(stats, { unsent: 0, oldestSeconds: 0 });
    if (publication.lastBeatMs !== undefined && publication.lastBeatMs !== stats.lastBeatMs) {
      stats.lastBeatMs = publication.lastBeatMs;
      // The next one is due a second after this one, not after the timer's own last: that would come too soon, and be left out.
      timer.refresh();
    }
    stats.sent += publication.sent;
  }

  /** @returns whether the list was replaced a moment ago, too */
  function noteFault(reason: string): boolean {
    const nowMs = performance.now();
    const isAgain = nowMs - faultAtMs < FIGHT_MS;
    faultAtMs = nowMs;
    stats.rebuilds += 1;
    if (isAgain)
      log.warn({ reason }, 'the revocation list in Redis is not ours again: does another auth service, with another database, use it?');
    else log.warn({ reason }, 'the revocation list in Redis was lost or changed; it is rebuilt');
    return isAgain;
  }

  /** Nobody waits for what is tried again in a second. */
  function fail(error: unknown, served: readonly Waiter[]): void {
    for (const { resolve } of [...served, ...waiting.splice(0)]) resolve();
    if (stats.isWorking) log.error({ err: error }, 'revocations cannot be published; they are kept and sent later');
    stats.isWorking = false;
  }

  function wake(): void {
    isBeatDue = true;
    void run().then(measureBacklog);
  }

  /** Only when something may have been left over: counting costs the database something. */
  async function measureBacklog(): Promise<void> {
    if (isClosed || stats.isWorking) return;
    const backlog = await outbox.measure().catch(() => null);
    if (!stats.isWorking) Object.assign(stats, backlog);
  }

  const timer = setInterval(wake, BEAT_EVERY_MS);
  // A connection that is still being made wakes the feed when it is there.
  if (list.isReachable()) wake();

  return {
    async flush() {
      if (isClosed || !stats.isWorking) return;
      await settledWithin(
        FLUSH_MS,
        new Promise<void>((resolve) => {
          waiting.push({ since: performance.now(), resolve });
          void run();
        }),
      );
    },
    stats: () => ({ ...stats }),
    wake,
    async close() {
      isClosed = true;
      clearInterval(timer);
      isBeatDue = true;
      await settledWithin(CLOSE_MS, run());
      isStopped = true;
    },
  };
}
