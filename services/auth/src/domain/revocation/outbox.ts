import type { RevocationEntry } from '@countersign/tokens';

/** What Postgres knows of the list in Redis, by which it is recognised. */
export interface FeedState {
  /** Names our list; `''` before the first. */
  readonly epoch: string;
  /** The last revocation that was added: a list without it has lost something. */
  readonly lastEntryId: string;
  /** The newest id of the list, heartbeats included: a list that ends earlier is an older copy. */
  readonly newestId: string;
  /** The progress of a rebuild; `null` when the list is whole. */
  readonly rebuild: RebuildCursor | null;
}

/** A position among the live entries, in the order in which a rebuild sends them. */
export interface RebuildCursor {
  readonly end: number;
  readonly seq: number;
}

/** Before all entries. Those that never lapse come first, then those that lapse last. */
export const REBUILD_START: RebuildCursor = { end: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

export interface StoredRevocation extends RevocationEntry {
  readonly seq: number;
}

/** The outbox under its lock: only this instance may publish from it. */
export interface LockedOutbox {
  readonly feed: FeedState;
  /** When `feed` was read, by `performance.now()`: it gets old while this process is suspended. */
  readonly readAtMs: number;
  /** The database's clock, whole Unix seconds. */
  readonly now: number;
  /** Entries that were never sent, in the order in which they were written. */
  findUnsent(limit: number): Promise<readonly StoredRevocation[]>;
  /** Live entries that an earlier list had, from the cursor on. */
  findSent(from: RebuildCursor, limit: number): Promise<readonly StoredRevocation[]>;
  /** Entries of the list that can't be looked up by key yet. */
  findUnkeyed(limit: number): Promise<readonly StoredRevocation[]>;
  /** Records that the list has the `listed` entries, and that the `unkeyed` ones among them can't be looked up by key yet. */
  save(outcome: {
    readonly feed: FeedState;
    readonly listed: readonly StoredRevocation[];
    readonly unkeyed: readonly StoredRevocation[];
  }): Promise<void>;
}

export interface Backlog {
  readonly unsent: number;
  /** The age of the oldest one; 0 when there is none. */
  readonly oldestSeconds: number;
}

export interface Outbox {
  /** Runs the work in one transaction, under a lock that one instance holds; `null` when another holds it for too long. */
  locked<Result>(work: (outbox: LockedOutbox) => Promise<Result>): Promise<Result | null>;
  /** Measures what waits to be sent, without the lock. Counts no further than 100,000. */
  measure(): Promise<Backlog>;
}
