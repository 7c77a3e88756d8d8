import { createHash } from 'node:crypto';
import { notForCookie } from '@countersign/problems';
import { encodeBytesBase62 } from '../base62.ts';
import type { Delivery } from './session.ts';

/** The `csrf` value of a session, if its tokens are cookies: derived from its seed, so that it stays the same across refreshes and is stored nowhere. */
export function csrfOf({ delivery, seed }: { readonly delivery: Delivery; readonly seed: string }): string | null {
  if (delivery !== 'cookie') return null;
  return encodeBytesBase62(createHash('sha256').update('countersign csrf ').update(seed).digest().subarray(0, 16), 22);
}

/** A token that came in a cookie, which a browser sends whichever page made it send the request. */
export interface CookieUse {
  /** @throws Problem `csrf_failed` unless the request proves that our own page sent it */
  checkCsrf(csrf: string): void;
}

/**
 * @param csrf - the token's; it has none if it was not issued for a cookie
 * @throws Problem `token_invalid`, `csrf_failed`
 */
export function checkCookieUse(csrf: string | null | undefined, cookie: CookieUse): void {
  if (typeof csrf !== 'string') throw notForCookie();
  cookie.checkCsrf(csrf);
}
