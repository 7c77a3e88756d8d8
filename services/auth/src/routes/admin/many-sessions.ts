/** A million sessions take a minute or two. Each statement has its usual limit, so that a lost database still gets its 503. */
export const MANY_SESSIONS_TIMEOUT_MS = 10 * 60_000;
