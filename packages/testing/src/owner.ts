/** Closes what a helper has opened: tap's `t`, or anything that calls the functions it is given when it is done. */
export interface Owner {
  teardown(close: () => unknown): unknown;
}
