export interface HashingFor {
  /** Networks take turns at hashing; calls without an address count as one network. */
  readonly ip: string | null;
  /** As in `Caller`: a call that was given up gets no hash, so it changes nothing. */
  readonly isGivenUp: () => boolean;
}

/** For work that no call asked for, such as the first administrator at start. */
export const FOR_NO_CALL: HashingFor = { ip: null, isGivenUp: () => false };

/** Hashes passwords off the main thread, a bounded number at a time. */
export interface PasswordHasher {
  /** @throws Problem `unavailable` when too many calls wait, or this one waited too long or was given up */
  hash(password: string, caller: HashingFor): Promise<string>;
  /** `hash: null` stands for a user who doesn't exist: the same work, and never a match. */
  verify(password: string, hash: string | null, caller: HashingFor): Promise<PasswordVerdict>;
}

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The hash has other parameters or comes from another system: hash the password anew. */
  readonly outdated: boolean;
}
