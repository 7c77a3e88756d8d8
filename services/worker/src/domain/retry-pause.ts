const LONGEST_SECONDS = 60;

/** How long to wait after so many tries in a row that failed: it doubles with each, up to a minute. */
export function retryPauseSeconds(failures: number): number {
  return Math.min(2 ** (failures - 1), LONGEST_SECONDS);
}
