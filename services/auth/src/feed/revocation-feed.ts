import { RedisUnavailable, settledWithin, valueWithin } from '@countersign/service';
import type { Log } from '../domain/log.ts';
import type { Outbox } from '../domain/revocation/outbox.ts';
import { type Publication, publishRevocations } from '../domain/revocation/publish-revocations.ts';
import type { RevocationList } from '../domain/revocation/revocation-list.ts';
import type { RevocationFeed } from '../domain/revocation/revocations.ts';
import { FeedRecord, type FeedStats } from './feed-record.ts';
import { PageSize } from './page-size.ts';

/** Verifiers hear once a second that the list is whole, and a lost list is noticed within two. */
const BEAT_EVERY_MS = 1000;

/** How long a revoking call waits for its entry to reach Redis. */
const FLUSH_MS = 250;

/** How long a stop waits for the last entries. */
const CLOSE_MS = 1000;

export interface FeedOptions {
  readonly outbox: Outbox;
  readonly list: RevocationList;
  readonly log: Log;
  /** Called for every flush that reached Redis, with the time that it took. */
  readonly onPublished: (seconds: number) => void;
}

export interface RunningFeed extends RevocationFeed {
  stats(): FeedStats;
  /** Looks at once whether there is something to do: Redis may be back. */
  wake(): void;
  /** Sends what is unsent, within a second, and stops. */
  close(): Promise<void>;
}

/** A flush that is under way. */
interface Flush {
  readonly sinceMs: number;
  readonly end: (isPublished: boolean) => void;
}

/**
 * Takes turns at publishing: at each flush, and once a second with a heartbeat. One turn at a time; flushes that come
 * during a turn share the next one. While turns fail, flushes don't wait for theirs, though it may be the first that works again.
 */
export function startFeed({ outbox, list: untimed, log, onPublished }: FeedOptions): RunningFeed {
  const page = new PageSize();
  const list = page.timed(untimed);
  const record = new FeedRecord(log);
  const flushes: Flush[] = [];
  let isBeatDue = false;
  let running: Promise<void> | null = null;
  let phase: 'open' | 'closing' | 'closed' = 'open';

  function run(): Promise<void> {
    running ??= takeTurns();
    return running;
  }

  async function takeTurns(): Promise<void> {
    do await takeTurn();
    while (phase !== 'closed' && (isBeatDue || flushes.length > 0));
    // Same tick as the check above, so a flush that comes later always starts a new turn.
    running = null;
  }

  async function takeTurn(): Promise<void> {
    const served = flushes.splice(0);
    const beat = isBeatDue;
    isBeatDue = false;
    try {
      if (!list.isReachable()) throw new RedisUnavailable('Redis cannot be reached');
      const onListed = () => endAsPublished(served.splice(0));
      const publication = await publishRevocations({ outbox, list }, { beat, onListed, page: page.entries });
      flushes.unshift(...served); // unless they were ended: the next turn serves them
      if (publication !== null) conclude(publication);
    } catch (error) {
      page.adjust(false);
      record.noteFailure(error);
      // Nobody waits for what is tried again in a second.
      for (const { end } of [...served, ...flushes.splice(0)]) end(false);
    }
  }

  function endAsPublished(served: readonly Flush[]): void {
    for (const { sinceMs, end } of served) {
      onPublished((performance.now() - sinceMs) / 1000);
      end(true);
    }
  }

  function conclude(publication: Publication): void {
    const { lastBeatMs } = record.stats;
    record.noteTurn(publication);
    // The next one is due a second after this one, not after the timer's own last: that would come too soon, and be left out.
    if (record.stats.lastBeatMs !== lastBeatMs) timer.refresh();
    const isFight = publication.fault !== null && record.noteFault(publication.fault);
    page.adjust(publication.sent >= page.entries);
    // While a list is being rebuilt every turn sends a page of it, and the one that completes it may beat.
    if (!publication.isComplete && !isFight) isBeatDue = true;
  }

  function wake(): void {
    if (phase !== 'open') return;
    isBeatDue = true;
    void run().then(measureBacklog);
  }

  /** Only when something may have been left over: counting costs the database something. */
  async function measureBacklog(): Promise<void> {
    if (phase !== 'open' || record.stats.isWorking) return;
    const backlog = await outbox.measure().catch(() => null);
    if (backlog !== null) record.noteBacklog(backlog);
  }

  const timer = setInterval(wake, BEAT_EVERY_MS);
  // A connection that is still being made wakes the feed when it is there.
  if (list.isReachable()) wake();

  return {
    async flush() {
      if (phase !== 'open') return false;
      const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
      flushes.push({ sinceMs: performance.now(), end });
      void run();
      return record.stats.isWorking && (await valueWithin(FLUSH_MS, ended, false));
    },
    stats: () => record.stats,
    wake,
    async close() {
      if (phase === 'closed') return;
      phase = 'closing';
      clearInterval(timer);
      isBeatDue = true;
      await settledWithin(CLOSE_MS, run());
      phase = 'closed';
    },
  };
}
