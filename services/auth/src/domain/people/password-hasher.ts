/** For whom a password is hashed. */
export interface HashingFor {
  /** Passwords wait for their turn, and networks take turns. Those without an address are one network. */
  readonly ip: string | null;
  /** As in `Caller`: a call that was given up gets no hash, and so changes nothing. */
  readonly isGivenUp: () => boolean;
}

/** For what no call asks for, such as the first administrator at a start. */
export const FOR_NO_CALL: HashingFor = { ip: null, isGivenUp: () => false };

/** Hashing of passwords, off the main thread and a bounded number at a time. */
export interface PasswordHasher {
  /** @throws Problem `unavailable` when too many wait already, or the call was given up */
  hash(password: string, caller: HashingFor): Promise<string>;
  /** `hash: null` stands for a user who doesn't exist: the same work, and the answer is no. */
  verify(password: string, hash: string | null, caller: HashingFor): Promise<PasswordVerdict>;
}

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The hash was made with other parameters or by another system: hash the password anew. */
  readonly outdated: boolean;
}
