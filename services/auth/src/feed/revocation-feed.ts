import { RedisUnavailable, settledWithin, valueWithin } from '@countersign/service';
import type { Log } from '../domain/log.ts';
import type { Outbox } from '../domain/revocation/outbox.ts';
import { type Publication, publishRevocations } from '../domain/revocation/publish-revocations.ts';
import type { RevocationList } from '../domain/revocation/revocation-list.ts';
import type { RevocationFeed } from '../domain/revocation/revocations.ts';
import { FeedRecord, type FeedStats } from './feed-record.ts';
import { PageSize } from './page-size.ts';

/** Verifiers hear once a second that the list is whole, and a lost list is noticed within two seconds. */
const BEAT_EVERY_MS = 1000;

/** How long a revoking call waits for its entry to reach Redis. */
const FLUSH_MS = 250;

/** How long a stop waits for the last entries. */
const CLOSE_MS = 1000;

export interface FeedOptions {
  readonly outbox: Outbox;
  readonly list: RevocationList;
  readonly log: Log;
  /** Called for every flush that reached Redis, with the seconds that it took. */
  readonly onPublished: (seconds: number) => void;
}

export interface RunningFeed extends RevocationFeed {
  stats(): FeedStats;
  /** Takes a turn at once, since Redis may be back. */
  wake(): void;
  /** Sends what is unsent, within a second, and stops. */
  close(): Promise<void>;
}

interface Flush {
  readonly sinceMs: number;
  readonly end: (isPublished: boolean) => void;
}

/**
 * Takes turns at publishing: for each flush, and once a second with a heartbeat. Turns never overlap; flushes that arrive during a turn
 * share the next one. While turns fail, flushes don't wait for theirs, though it may be the first that works again.
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
    // In the same tick as the check above, so that a later flush always starts a new turn.
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
      flushes.unshift(...served); // those that were not ended: the next turn serves them
      if (publication !== null) conclude(publication);
    } catch (error) {
      page.adjust(false);
      record.noteFailure(error);
      // Don't keep callers waiting for a retry in a second.
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
    // The next heartbeat is due a second after this one, not after the timer last fired: that would be too soon, and be left out.
    if (record.stats.lastBeatMs !== lastBeatMs) timer.refresh();
    const isFight = publication.fault !== null && record.noteFault(publication.fault);
    page.adjust(publication.sent >= page.entries);
    // During a rebuild every turn sends a page, and the turn that completes it may beat.
    if (!publication.isComplete && !isFight) isBeatDue = true;
  }

  function wake(): void {
    if (phase !== 'open') return;
    isBeatDue = true;
    void run().then(measureBacklog);
  }

  /** Only while publishing fails: counting costs the database something. */
  async function measureBacklog(): Promise<void> {
    if (phase !== 'open' || record.stats.isWorking) return;
    const backlog = await outbox.measure().catch(() => null);
    if (backlog !== null) record.noteBacklog(backlog);
  }

  const timer = setInterval(wake, BEAT_EVERY_MS);
  // A connection that is still being made wakes the feed when it is ready.
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
