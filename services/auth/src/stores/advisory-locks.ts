/**
 * The number of every advisory lock that auth takes in its database, each a word in ASCII, so that no two are the same. One that is taken
 * with a second number is many locks, one for each value of that number. Migrations have another lock, in packages/service.
 */
export const LOCKS = {
  /** One instance at a time publishes revocations. */
  feed: 0x66656564,
  /** One call at a time changes the signing keys. */
  keys: 0x6b657973,
  /**
   * A change of what roles allow; `scopes_now()` takes it in the database, shared. With the hash of a role's name: a change of that role.
   */
  role: 0x726f6c65,
  /** With the hash of a table: one instance at a time deletes old rows from it. */
  old: 0x6f6c64,
} as const;
