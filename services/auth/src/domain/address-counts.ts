/** The present window of an address. */
export interface AddressCount {
  /** How many came in it until now, this one among them. */
  readonly requests: number;
  readonly endsInMs: number;
}

/** Requests from one address to one route, in windows that begin with the first of them. */
export interface AddressCounts {
  increment(key: string, windowMs: number): Promise<AddressCount>;
}
