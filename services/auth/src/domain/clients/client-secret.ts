import { timingSafeEqual } from 'node:crypto';
import { createSecret, digestSecret } from '../random-secret.ts';

export function createClientSecret(): string {
  return createSecret('cs_cs_');
}

/** Compares in constant time, and once even when there is nothing to compare with. */
export function matchesClientSecret(secret: string, digests: readonly Buffer[]): boolean {
  const presented = digestSecret(secret);
  const nothing = Buffer.alloc(presented.length);
  const matches = [nothing, ...digests].map((digest) => timingSafeEqual(presented, digest));
  return matches.includes(true);
}
