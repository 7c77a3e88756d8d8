import type { RevocationEntry } from '@countersign/tokens';

/** What Postgres knows of the list in Redis, by which it is recognised. */
export interface FeedState {
  /** Names our list; `''` before the first. */
  readonly epoch: string;
  /** The last revocation that was added: a list without it has lost something. */
  readonly lastEntryId: string;
  /** The last id that the list gave, heartbeats included: a list that isn't as far is an older copy. */
  readonly newestId: string;
  /** How far a rebuild has come; `null` when the list is whole. */
  readonly rebuild: RebuildCursor | null;
}

/** A place among the entries that are live, in the order in which a rebuild sends them. */
export interface RebuildCursor {
  readonly end: number;
  readonly seq: number;
}

/** The place before all entries. Those that never lapse come first, then those that lapse last. */
export const REBUILD_START: RebuildCursor = { end: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

export interface StoredRevocation extends RevocationEntry {
  readonly seq: number;
}

/** The outbox, while this instance alone may publish from it. */
export interface LockedOutbox {
  readonly feed: FeedState;
  /** When `feed` was read, by `performance.now()`: what is known gets old while this process is stopped, and then continued. */
  readonly readAtMs: number;
  /** The database's clock, whole Unix seconds. */
  readonly now: number;
  /** Entries that the list never had, in the order in which they were written. */
  findUnsent(limit: number): Promise<readonly StoredRevocation[]>;
  /** Entries that an earlier list had and that are still live, from the cursor on. */
  findSent(from: RebuildCursor, limit: number): Promise<readonly StoredRevocation[]>;
  /** Entries that the list has but that can't be looked up by their key yet. */
  findUnkeyed(limit: number): Promise<readonly StoredRevocation[]>;
  /** Notes that the list has these entries, of which some can't be looked up by their keys yet. */
  save(outcome: {
    readonly feed: FeedState;
    readonly listed: readonly StoredRevocation[];
    readonly unkeyed: readonly StoredRevocation[];
  }): Promise<void>;
}

export interface Backlog {
  readonly unsent: number;
  /** Since the oldest of them was written; 0 when there is none. */
  readonly oldestSeconds: number;
}

export interface Outbox {
  /** Runs the work in one transaction, under a lock that one instance holds; `null` when another holds it for too long. */
  locked<Result>(work: (outbox: LockedOutbox) => Promise<Result>): Promise<Result | null>;
  /** How much waits to be sent, without the lock. Counts no further than 100,000. */
  measure(): Promise<Backlog>;
}
