import type { RevocationEntry } from '@countersign/tokens';
import type { FeedState, StoredRevocation } from './outbox.ts';

export interface Addition {
  readonly feed: FeedState;
  readonly readAtMs: number;
  /** The list's new name if it isn't ours. */
  readonly nextEpoch: string;
  readonly entries: readonly RevocationEntry[];
  /** Whether the list then holds everything revoked, so that a heartbeat may say so. */
  readonly mayBeat: boolean;
  readonly now: number;
}

export interface Added {
  readonly epoch: string;
  /** Why the list was emptied first; `null` if it was ours. */
  readonly fault: string | null;
  /** There is a `fault`, but nothing was lost: Redis held nothing, and this database never had a list. */
  readonly isFirst: boolean;
  readonly lastEntryId: string;
  readonly newestId: string;
  /** Of the last heartbeat, in Unix milliseconds by Redis's clock; `null` before the first. */
  readonly lastBeatMs: number | null;
}

export interface RevocationList {
  /** `false` when Redis is known to be out of reach. */
  isReachable(): boolean;
  /**
   * In one atomic step: checks that the list is ours, empties and renames it if not, adds the entries, trims old ones, and writes a
   * heartbeat if one may be written and is due.
   */
  add(addition: Addition): Promise<Added>;
  /** Makes the entries findable by key. Never throws. @returns those for which that failed */
  key(entries: readonly StoredRevocation[]): Promise<readonly StoredRevocation[]>;
}
