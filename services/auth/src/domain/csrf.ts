import { createHash } from 'node:crypto';
import { Problem } from '@countersign/problems';
import { encodeBytesBase62 } from './base62.ts';
import type { RefreshToken } from './refresh-token.ts';

/** The `csrf` value of a session: derived from its seed, so that it stays the same across refreshes and is stored nowhere. */
export function csrfOf(seed: string): string {
  return encodeBytesBase62(createHash('sha256').update('countersign csrf ').update(seed).digest().subarray(0, 16), 22);
}

/** A token that came in a cookie, which a browser sends whichever page made it send the request. */
export interface CookieUse {
  /** @throws Problem `csrf_failed` unless the request proves that our own page sent it */
  checkCsrf(csrf: string): void;
}

/** @throws Problem `token_invalid`, `csrf_failed` */
export function checkCookieUse(token: RefreshToken, cookie: CookieUse): void {
  if (token.delivery !== 'cookie') throw new Problem('token_invalid', { detail: 'This token was not issued for a cookie.' });
  cookie.checkCsrf(csrfOf(token.seed));
}
