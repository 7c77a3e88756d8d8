import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase62, encodeBytesBase62 } from './base62.ts';

/** By it, and by the checksum at the end, a secret scanner knows a client secret that was left in a repository. */
export const CLIENT_SECRET_PREFIX = 'cs_cs_';

// cs_cs_ · 256 random bits 43 · CRC-32 6, all base62.
const FORM = /^(cs_cs_[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** A new secret: 256 random bits, so that a plain hash of it tells nothing, and a checksum. */
export function createClientSecret(): string {
  const body = CLIENT_SECRET_PREFIX + encodeBytesBase62(randomBytes(32), 43);
  return body + checksum(body);
}

export function isClientSecret(text: string): boolean {
  const [, body, presented] = FORM.exec(text) ?? [];
  return body !== undefined && presented === checksum(body);
}

export function digestClientSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in constant time, and once also when there is nothing to compare with. */
export function matchesClientSecret(secret: string, digests: readonly Buffer[]): boolean {
  const presented = digestClientSecret(secret);
  const nothing = Buffer.alloc(presented.length);
  const matches = [nothing, ...digests].map((digest) => timingSafeEqual(presented, digest));
  return matches.includes(true);
}

function checksum(body: string): string {
  return encodeBase62(crc32(body), 6);
}
