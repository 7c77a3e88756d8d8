import { timingSafeEqual } from 'node:crypto';
import { createSecret, digestSecret } from '../random-secret.ts';

export function createClientSecret(): string {
  return createSecret('cs_cs_');
}

/** Compares in constant time, and at least once, so that an unknown client costs as much as a known one. */
export function matchesClientSecret(secret: string, digests: readonly Buffer[]): boolean {
  const presented = digestSecret(secret);
  const nothing = Buffer.alloc(presented.length);
  const matches = [nothing, ...digests].map((digest) => timingSafeEqual(presented, digest));
  return matches.includes(true);
}
