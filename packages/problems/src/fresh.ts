/** How old, in seconds, a proof of the password may be where a fresh one is required (RFC 9470, `max_age`). */
export const FRESH_SECONDS = 300;
