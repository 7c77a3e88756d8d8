import { randomFillSync } from 'node:crypto';
import { encodeBytesBase62 } from './base62.ts';

/** Characters of a user's, a session's or a token's id. */
const ID_LENGTH = 22;

const ID_BYTES = 16;
/**
 * Random bytes for many ids at once: asking the system for them costs twice as much as the rest of an id. They stay in memory before and
 * after their use, so they are not for secrets.
 */
const drawn = Buffer.alloc(256 * ID_BYTES);
let used = drawn.length;

/** A new id of 128 random bits in base62. Unlike a client's id, it has no hyphen or underscore. */
export function createId(): string {
  return encodeBytesBase62(drawBytes(), ID_LENGTH);
}

/** Short, because every token carries it; the table's primary key keeps it unique. */
const KID_LENGTH = 8;

export function createKid(): string {
  return encodeBytesBase62(drawBytes(), ID_LENGTH).slice(-KID_LENGTH);
}

function drawBytes(): Buffer {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += ID_BYTES;
  return drawn.subarray(used - ID_BYTES, used);
}

/** Whether `createId` could have made it. Saves asking the database, which rejects NUL. */
export function isId(text: string): boolean {
  return text.length === ID_LENGTH && /^[0-9A-Za-z]+$/.test(text);
}
