import { randomFillSync } from 'node:crypto';
import { encodeBytesBase62 } from './base62.ts';

const ID_LENGTH = 22;

const ID_BYTES = 16;
/** Random bytes for many ids at once, since asking the system costs twice the rest of an id. Not for secrets: they stay in memory. */
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
