const LONGEST_SECONDS = 60;

/** How long to wait after this many failed tries in a row: it doubles with each, up to a minute. */
export function retryPauseSeconds(failures: number): number {
  return Math.min(2 ** (failures - 1), LONGEST_SECONDS);
}
