import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase62, encodeBytesBase62 } from './base62.ts';

/** The prefix and the trailing checksum let a secret scanner recognize a secret of ours in a repository. */
export type SecretPrefix = 'cs_cs_' | 'cs_pr_';

/** The prefix, 256 random bits in 43 characters, and a CRC-32 in 6; all base62. */
export function createSecret(prefix: SecretPrefix): string {
  const body = prefix + encodeBytesBase62(randomBytes(32), 43);
  return body + checksum(body);
}

/** Whether the text has the form and the checksum of a secret. A typing error is refused without asking the database. */
export function isSecret(prefix: SecretPrefix, text: string): boolean {
  return text.startsWith(prefix) && FORM.test(text) && checksum(text.slice(0, -6)) === text.slice(-6);
}

const FORM = /^cs_[a-z]{2}_[0-9A-Za-z]{49}$/;

/** No slow hash: 256 random bits can't be guessed, and what an operator sets as a client's secret has 32 characters or more. */
export function digestSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export function checksum(body: string): string {
  return encodeBase62(crc32(body), 6);
}
