import { type Database, isLockTimeout } from '@countersign/service';
import { and, asc, desc, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { FeedState, LockedOutbox, Outbox, StoredRevocation } from '../domain/revocation/outbox.ts';
import { LOCKS } from './advisory-locks.ts';
import { ONE_ROW } from './one-row.ts';
import { revocationEnd as end, revocationFeed, revocations } from './schema.ts';

/** Another instance publishes for a few milliseconds, but may wait for a Redis that doesn't answer. */
const LOCK_WAIT_MS = 500;

/** Counting further would cost more than knowing it is worth. */
const MEASURED = 100_000;

const NO_FEED: FeedState = { epoch: '', lastEntryId: '0-0', newestId: '0-0', rebuild: null };

const entry = {
  seq: revocations.seq,
  kind: revocations.kind,
  id: revocations.id,
  expiresAt: revocations.expiresAt,
  before: revocations.before,
};

export function createRevocationOutbox(db: Database): Outbox {
  return {
    async locked(work) {
      try {
        return await db.transaction(async (tx) => work(await lockOutbox(tx)));
      } catch (error) {
        if (isLockTimeout(error)) return null;
        throw error;
      }
    },
    async measure() {
      const waiting = db
        .select({ createdAt: revocations.createdAt })
        .from(revocations)
        .where(isNull(revocations.sentAt))
        .orderBy(asc(revocations.seq))
        .limit(MEASURED)
        .as('waiting');
      const [row] = await db
        .select({
          unsent: sql`count(*)`.mapWith(Number),
          oldestSeconds: sql`coalesce(extract(epoch from clock_timestamp() - min(${waiting.createdAt})), 0)`.mapWith(Number),
        })
        .from(waiting);
      return row ?? { unsent: 0, oldestSeconds: 0 };
    },
  };
}

async function lockOutbox(tx: Database): Promise<LockedOutbox> {
  await lock(tx);
  const [row] = await tx
    .select({ feed: revocationFeed, now: sql`floor(extract(epoch from clock_timestamp()))`.mapWith(Number) })
    .from(ONE_ROW)
    .leftJoin(revocationFeed, sql`true`);
  if (row === undefined) throw new Error('select 1 gave no row');
  const now = row.now;
  return {
    feed: toFeedState(row.feed),
    readAtMs: performance.now(),
    now,
    findUnsent: (limit) => tx.select(entry).from(revocations).where(isNull(revocations.sentAt)).orderBy(asc(revocations.seq)).limit(limit),
    findUnkeyed: (limit) =>
      tx
        .select(entry)
        .from(revocations)
        .where(and(isNull(revocations.keyedAt), isNotNull(revocations.sentAt)))
        .orderBy(asc(revocations.seq))
        .limit(limit),
    findSent: (from, limit) =>
      tx
        .select(entry)
        .from(revocations)
        .where(and(isNotNull(revocations.sentAt), sql`${end} > ${now}`, sql`(${end}, ${revocations.seq}) < (${from.end}, ${from.seq})`))
        .orderBy(desc(end), desc(revocations.seq))
        .limit(limit),
    async save({ feed, listed, unkeyed }) {
      if (listed.length > 0) {
        const time = sql`clock_timestamp()`;
        const isUnkeyed = isAmong(unkeyed);
        // Most rows of a rebuild need no update.
        const changes = or(isNull(revocations.keyedAt), isUnkeyed);
        await tx
          .update(revocations)
          .set({
            sentAt: sql`coalesce(${revocations.sentAt}, ${time})`,
            keyedAt: sql`case when ${isUnkeyed} then null else ${time} end`,
          })
          .where(and(isAmong(listed), changes));
      }
      const { epoch, lastEntryId, newestId, rebuild } = feed;
      const values = { epoch, lastEntryId, newestId, rebuildEnd: rebuild?.end ?? null, rebuildSeq: rebuild?.seq ?? null };
      await tx.insert(revocationFeed).values(values).onConflictDoUpdate({ target: revocationFeed.one, set: values });
    },
  };
}

/** A statement of its own: each sees what was committed when it began, and the later ones must see all that the last holder has done. */
async function lock(tx: Database): Promise<void> {
  // This bookkeeping doesn't wait for the disk: if a crash of Postgres loses it, entries are only sent twice.
  const [free] = await tx
    .select({
      isLocked: sql<boolean>`pg_try_advisory_xact_lock(${LOCKS.feed})`,
      commit: sql`set_config('synchronous_commit', 'off', true)`,
    })
    .from(ONE_ROW);
  if (free?.isLocked) return;
  await tx.execute(sql`select set_config('lock_timeout', ${`${LOCK_WAIT_MS}ms`}, true)`);
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCKS.feed})`);
}

function toFeedState(row: typeof revocationFeed.$inferSelect | null): FeedState {
  if (row === null) return NO_FEED;
  const { epoch, lastEntryId, newestId, rebuildEnd, rebuildSeq } = row;
  return {
    epoch,
    lastEntryId,
    newestId,
    rebuild: rebuildEnd === null || rebuildSeq === null ? null : { end: rebuildEnd, seq: rebuildSeq },
  };
}

/** One parameter for any number of rows, in a form that every driver takes. */
function isAmong(rows: readonly StoredRevocation[]): SQL {
  return sql`${revocations.seq} = any(string_to_array(${rows.map(({ seq }) => seq).join(',')}, ',')::bigint[])`;
}
