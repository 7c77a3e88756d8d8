import { randomInt } from 'node:crypto';
import { type Outbox, REBUILD_START, type RebuildCursor, type StoredRevocation } from './outbox.ts';
import type { RevocationList } from './revocation-list.ts';

export interface Publication {
  /** Why the list in Redis had to be replaced; `null`: it was ours, or there never was one. */
  readonly fault: string | null;
  /** Whether this turn began this database's first list. */
  readonly isFirst: boolean;
  readonly sent: number;
  /** `false`: there is more to send, so take another turn at once. */
  readonly isComplete: boolean;
  /** `undefined` when Redis wasn't asked. */
  readonly lastBeatMs: number | null | undefined;
}

/**
 * One turn of the feed: sends what is unsent and, while a list is being rebuilt, the next page of what was sent before.
 *
 * Writes to Redis first and records it in the database last, in one transaction under the lock. Work that is cut off in between is repeated
 * by the next turn, here or in another instance: an entry arrives twice, or a list is rebuilt twice.
 *
 * @param beat - whether a heartbeat is wanted; it is written only when the list is whole
 * @param page - how many entries to send at most: as many unsent ones, and as many of those sent before
 * @param onListed - called as soon as every entry that was committed before the call can be read and looked up
 * @returns `null` when another instance was publishing all the time
 */
export function publishRevocations(
  { outbox, list }: { readonly outbox: Outbox; readonly list: RevocationList },
  { beat, onListed, page }: { readonly beat: boolean; readonly onListed: () => void; readonly page: number },
): Promise<Publication | null> {
  return outbox.locked(async ({ feed, readAtMs, now, ...entries }) => {
    const unsent = await entries.findUnsent(page);
    if (unsent.length === 0 && feed.rebuild === null && !beat) {
      onListed();
      return NOTHING_TO_SEND;
    }

    const isSentOut = unsent.length < page;
    const resent = feed.rebuild === null ? [] : await entries.findSent(feed.rebuild, page);
    const rebuild = resent.length < page ? null : cursorAfter(resent);
    const isComplete = isSentOut && rebuild === null;
    const { fault, isFirst, epoch, lastEntryId, newestId, lastBeatMs } = await list.add({
      feed,
      readAtMs,
      nextEpoch: createEpoch(now),
      entries: [...unsent, ...resent],
      mayBeat: beat && isComplete,
      now,
    });
    // Before the revoking call is answered: from then on a lookup by key must find the entry.
    const unkeyedUnsent = await list.key(unsent);
    if (isSentOut) onListed();

    const isOurs = fault === null;
    const keyless = beat ? await entries.findUnkeyed(page) : [];
    const stillUnkeyed = await list.key([...resent, ...keyless]);
    // If Redis refuses some, the others wait for the next heartbeat, too.
    const hasMoreKeyless = keyless.length === page && stillUnkeyed.length === 0;
    const listed = [...unsent, ...resent, ...keyless];
    await entries.save({
      feed: { epoch, lastEntryId, newestId, rebuild: isOurs ? rebuild : REBUILD_START },
      listed,
      unkeyed: [...unkeyedUnsent, ...stillUnkeyed],
    });
    return {
      fault: isFirst ? null : fault,
      isFirst,
      sent: listed.length,
      isComplete: isOurs && isComplete && !hasMoreKeyless,
      lastBeatMs,
    };
  });
}

const NOTHING_TO_SEND: Publication = { fault: null, isFirst: false, sent: 0, isComplete: true, lastBeatMs: undefined };

/** The Unix second and a random fraction, so that two lists of the same second have different names. */
function createEpoch(now: number): string {
  return `${now}.${randomInt(2 ** 47)}`;
}

function cursorAfter(page: readonly StoredRevocation[]): RebuildCursor | null {
  const last = page.at(-1);
  return last === undefined ? null : { end: last.expiresAt ?? REBUILD_START.end, seq: last.seq };
}
