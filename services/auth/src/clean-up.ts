import type { Database } from '@countersign/service';
import type { Log } from './domain/log.ts';
import { deleteOldRows } from './stores/old-rows.postgres.ts';

const EVERY_MS = 3_600_000;

/** Deletes rows that are no longer needed, once an hour, in one instance at a time. @returns a function that stops it */
export function startCleaning(db: Database, log: Pick<Log, 'info' | 'warn'>): () => void {
  const clean = async () => {
    try {
      const deleted = await deleteOldRows(db);
      if (Object.values(deleted).some((rows) => rows > 0)) log.info({ deleted }, 'old rows were deleted');
    } catch (error) {
      log.warn({ err: error }, 'old rows could not be deleted; the next attempt follows in an hour');
    }
  };
  // Not in the same minute in all instances that were started together.
  let timer = setTimeout(() => {
    void clean();
    timer = setInterval(() => void clean(), EVERY_MS).unref();
  }, Math.random() * 60_000).unref();
  return () => clearTimeout(timer); // also ends an interval
}
