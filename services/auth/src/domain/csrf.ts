import { createHash } from 'node:crypto';
import { encodeBytesBase62 } from './base62.ts';

/** The `csrf` value of a session: derived from its seed, so that it stays the same across refreshes and is stored nowhere. */
export function csrfOf(seed: string): string {
  return encodeBytesBase62(createHash('sha256').update('countersign csrf ').update(seed).digest().subarray(0, 16), 22);
}
