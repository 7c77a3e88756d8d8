import type { Log } from '../domain/log.ts';

/** What verifiers tolerate by default. */
const TOLERATED_MS = 5000;

/**
 * Logs once when the database's clock is ahead of this machine's, and once when that is over: tokens carry the database's time, and
 * verifiers refuse those from the future. A clock that is behind can't be told from an answer that came late.
 */
export function createClockComparison(log: Log): (databaseNow: Date) => void {
  let wasAhead = false;
  return (databaseNow) => {
    const aheadMs = databaseNow.getTime() - Date.now();
    const isAhead = aheadMs > TOLERATED_MS;
    if (isAhead === wasAhead) return;
    wasAhead = isAhead;
    const aheadSeconds = Math.round(aheadMs / 1000);
    if (isAhead)
      log.error(
        { aheadSeconds },
        "the database's clock is ahead of this machine's: verifiers refuse tokens signed now; set the clocks right",
      );
    else log.info({ aheadSeconds }, "the database's clock is right again");
  };
}
