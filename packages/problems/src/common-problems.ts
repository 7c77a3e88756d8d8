import { Problem } from './problem.ts';

/**
 * A `validation_failed` for one field, for a rule that its schema doesn't check.
 *
 * @param path - part of the request and name: `body/roles`, `querystring/after`
 * @param message - the rest of the sentence, without its point: `must not be empty`
 */
export function fieldFault(path: string, message: string): Problem {
  return new Problem('validation_failed', { detail: `${path} ${message}.`, errors: [{ path, message }] });
}

/**
 * A `rate_limited` with `Retry-After`.
 *
 * @param what - a sentence about what there was too much of; the detail begins with it
 * @param waitMs - rounded up to whole seconds, at least one
 */
export function rateLimited(what: string, waitMs: number): Problem {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
  return new Problem('rate_limited', { detail: `${what} Try again in ${seconds} s.`, headers: { 'retry-after': seconds } });
}

/** The `token_invalid` for a cookie whose token was not issued for one: it has no `csrf` claim that the request could be held to. */
export function notForCookie(): Problem {
  return new Problem('token_invalid', { detail: 'This token was not issued as a cookie. Send it as Authorization: Bearer.' });
}
