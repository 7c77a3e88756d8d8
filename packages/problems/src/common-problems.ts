import { Problem } from './problem.ts';

/**
 * `validation_failed` for a single field, beyond what its schema says.
 *
 * @param path - part of the request and name: `body/roles`, `querystring/after`
 * @param message - the rest of the sentence: `must not be empty`
 */
export function fieldFault(path: string, message: string): Problem {
  return new Problem('validation_failed', { detail: `${path} ${message}.`, errors: [{ path, message }] });
}

/**
 * `rate_limited`, with `Retry-After`.
 *
 * @param what - a sentence on what there was too much of
 */
export function rateLimited(what: string, waitMs: number): Problem {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
  return new Problem('rate_limited', { detail: `${what} Try again in ${seconds} s.`, headers: { 'retry-after': seconds } });
}

/** `token_invalid`: a token in a cookie must have been issued for one, with a `csrf` value that the request can be held to. */
export function notForCookie(): Problem {
  return new Problem('token_invalid', { detail: 'This token was not issued for a cookie.' });
}
