import type { Database } from '@countersign/service';
import { and, asc, type Column, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import { LOCKS } from './advisory-locks.ts';
import { ONE_ROW } from './one-row.ts';
import { clientAssertions, passwordResets, revocationEnd, revocations, sessions } from './schema.ts';

/** Rows per statement, so that none runs into the statement timeout. */
const BATCH = 5000;

/** How long ended sessions, and revocations that no longer match any token, are kept for an investigation. */
const KEPT_DAYS = 30;

export interface DeletedRows {
  readonly sessions: number;
  readonly revocations: number;
  readonly passwordResets: number;
  readonly clientAssertions: number;
}

/**
 * Deletes sessions that ended or expired more than 30 days ago, sent revocations that lapsed as long ago, and expired one-time tokens.
 * Never the audit log. Skips rows that somebody else holds: deleting a user or a client locks several, and the two could deadlock.
 */
export async function deleteOldRows(db: Database): Promise<DeletedRows> {
  return {
    sessions: await deleteOldSessions(db),
    revocations: await deleteInBatches(db, 'revocations', deleteLapsedRevocations),
    passwordResets: await deleteInBatches(db, 'passwordResets', deleteOldPasswordResets),
    clientAssertions: await deleteInBatches(db, 'clientAssertions', deleteExpiredAssertions),
  };
}

async function deleteInBatches(db: Database, rows: keyof DeletedRows, deleteBatch: (tx: Database) => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await db.transaction(async (tx) => ((await lock(tx, rows)) ? await deleteBatch(tx) : 0));
    total += deleted;
    if (deleted < BATCH) return total;
  }
}

/** One instance at a time cleans a table; the others skip it and continue with the next, which the first may not reach before them. */
async function lock(tx: Database, rows: keyof DeletedRows): Promise<boolean> {
  const tried = sql<boolean>`pg_try_advisory_xact_lock(${LOCKS.old}::integer, hashtext(${rows}))`;
  const [row] = await tx.select({ locked: tried }).from(ONE_ROW);
  return row?.locked === true;
}

async function deleteOldSessions(db: Database): Promise<number> {
  const ended = await deleteInBatches(db, 'sessions', (tx) => deleteOldSessionsBy(tx, sessions.endedAt));
  return ended + (await deleteInBatches(db, 'sessions', (tx) => deleteOldSessionsBy(tx, sessions.expiresAt)));
}

/** In the order of that end's index: with both ends in one query, each batch would reread what earlier ones have deleted. */
async function deleteOldSessionsBy(tx: Database, end: Column): Promise<number> {
  const old = tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(lt(end, sql`now() - make_interval(days => ${KEPT_DAYS})`))
    .orderBy(asc(end))
    .limit(BATCH)
    .for('update', { skipLocked: true });
  const deleted = await tx.delete(sessions).where(inArray(sessions.id, old)).returning({ id: sessions.id });
  return deleted.length;
}

/** Only sent ones, since the feed still needs the others. A key's revocation never lapses. */
async function deleteLapsedRevocations(tx: Database): Promise<number> {
  // Of the index's type and the same for every row, so that the index can be used; else each row would be read and compared.
  const longAgo = sql`extract(epoch from now())::bigint - ${KEPT_DAYS * 86_400}`;
  const lapsed = tx
    .select({ seq: revocations.seq })
    .from(revocations)
    .where(and(isNotNull(revocations.sentAt), sql`${revocationEnd} < ${longAgo}`))
    .orderBy(revocationEnd)
    .limit(BATCH);
  const deleted = await tx.delete(revocations).where(inArray(revocations.seq, lapsed)).returning({ seq: revocations.seq });
  return deleted.length;
}

async function deleteOldPasswordResets(tx: Database): Promise<number> {
  const { digest, expiresAt, userId } = passwordResets;
  const old = tx.select({ digest }).from(passwordResets).where(lt(expiresAt, sql`now()`)).limit(BATCH).for('update', { skipLocked: true });
  const deleted = await tx.delete(passwordResets).where(inArray(digest, old)).returning({ userId });
  return deleted.length;
}

async function deleteExpiredAssertions(tx: Database): Promise<number> {
  const { clientId, jti, expiresAt } = clientAssertions;
  const expired = tx
    .select({ clientId, jti })
    .from(clientAssertions)
    .where(lt(expiresAt, sql`clock_timestamp()`))
    .limit(BATCH)
    .for('update', { skipLocked: true });
  const deleted = await tx.delete(clientAssertions).where(sql`(${clientId}, ${jti}) in ${expired}`).returning({ jti });
  return deleted.length;
}
