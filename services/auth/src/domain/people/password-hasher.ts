/** Hashing of passwords, off the main thread and a bounded number at a time. Networks have turns: `ip` is the caller's address. */
export interface PasswordHasher {
  /** @throws Problem `unavailable` when too many wait already */
  hash(password: string, ip: string | null): Promise<string>;
  /** `hash: null` stands for a user who doesn't exist: the same work, and the answer is no. */
  verify(password: string, hash: string | null, ip: string | null): Promise<PasswordVerdict>;
}

export interface PasswordVerdict {
  readonly matches: boolean;
  /** The hash was made with other parameters or by another system: hash the password anew. */
  readonly outdated: boolean;
}
