export interface AddressCount {
  /** Requests in this window so far, including this one. */
  readonly requests: number;
  readonly endsInMs: number;
}

/** Counts requests from one address to one route, in windows that begin with the first request. */
export interface AddressCounts {
  increment(key: string, windowMs: number): Promise<AddressCount>;
}
