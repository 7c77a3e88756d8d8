/** How many requests came in the present window, this one among them. */
export interface AddressCount {
  readonly current: number;
  /** Milliseconds until the window ends. */
  readonly ttl: number;
}

/** Requests from one address to one route, in windows that begin with the first of them. */
export interface AddressCounts {
  increment(key: string, windowMs: number): Promise<AddressCount>;
}
