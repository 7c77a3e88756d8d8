import { randomBytes } from 'node:crypto';
import { encodeBytesBase62 } from './base62.ts';

/** Characters of a user's, a session's or a token's id. */
export const ID_LENGTH = 22;

/** A new id of 128 random bits in base62: no hyphen or underscore, which every client's id has. */
export function createId(): string {
  return encodeBytesBase62(randomBytes(16), ID_LENGTH);
}

/** Short, because every token carries it; the table's primary key holds it to be unique. */
const KID_LENGTH = 8;

export function createKid(): string {
  return encodeBytesBase62(randomBytes(16), ID_LENGTH).slice(-KID_LENGTH);
}

/** Could it be an id that `createId` made? What couldn't is not worth a question to the database, which takes no NUL. */
export function isId(text: string): boolean {
  return text.length === ID_LENGTH && /^[0-9A-Za-z]+$/.test(text);
}
