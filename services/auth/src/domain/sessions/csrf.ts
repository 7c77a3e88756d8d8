import { createHash } from 'node:crypto';
import { notForCookie } from '@countersign/problems';
import { encodeBytesBase62 } from '../base62.ts';
import type { Delivery } from './session.ts';

/** A session's `csrf` value, if its tokens are cookies. Derived from the seed: it stays the same across refreshes and isn't stored. */
export function csrfOf({ delivery, seed }: { readonly delivery: Delivery; readonly seed: string }): string | null {
  if (delivery !== 'cookie') return null;
  return encodeBytesBase62(createHash('sha256').update('countersign csrf ').update(seed).digest().subarray(0, 16), 22);
}

/** A token that came in a cookie, which a browser sends no matter which page caused the request. */
export interface CookieUse {
  /** @throws Problem `csrf_failed` unless the request proves that our own page sent it */
  checkCsrf(csrf: string): void;
}

/**
 * @param csrf - the token's claim, which is missing unless it was issued for a cookie
 * @throws Problem `token_invalid`, `csrf_failed`
 */
export function checkCookieUse(csrf: string | null | undefined, cookie: CookieUse): void {
  if (typeof csrf !== 'string') throw notForCookie();
  cookie.checkCsrf(csrf);
}
