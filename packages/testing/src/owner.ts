/** Closes what a helper opened: tap's `t`, or anything that calls the given functions when it is done. */
export interface Owner {
  teardown(close: () => unknown): unknown;
}
