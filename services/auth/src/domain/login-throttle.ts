/** Guesses at one account: from a network that it has signed in from before, or from all the others together. */
export interface LoginThrottle {
  of(username: string, knownNetwork: string | null): Guesses;
}

export interface Guesses {
  /** @throws Problem `rate_limited` while the next guess has to wait */
  refuseIfBlocked(): Promise<void>;
  /** Counts a failure. @throws Problem `rate_limited` when others have failed so often meanwhile that this answer must not be told */
  failed(): Promise<void>;
  /** Forgets the failures. @throws Problem `rate_limited` as above */
  succeeded(): Promise<void>;
}
