import type { PublicJwk } from '@countersign/tokens';
import { createVerificationKey, type VerificationKey } from './verification-key.ts';

/** The result of a load. */
export interface LoadedKeys {
  readonly keys: readonly PublicJwk[];
  /** Of keys that are no longer published. */
  readonly retiredKids?: readonly string[];
  /** How long the keys may be kept before they are loaded again. Less than a second counts as a second, more than an hour as an hour. */
  readonly maxAgeSeconds: number;
}

const MIN_AGE_SECONDS = 1;
const MAX_AGE_SECONDS = 3600;

/** The same as a verifier keeps it, until the next load that succeeds. */
export interface KeySet {
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly retiredKids: ReadonlySet<string>;
  readonly loadedAtMs: number;
  readonly maxAgeMs: number;
}

/**
 * The set that takes the place of `before`.
 *
 * @throws Error when no key in it can be used, or it doesn't say for how long
 */
export function createKeySet({ keys, retiredKids, maxAgeSeconds }: LoadedKeys, before: KeySet | null): KeySet {
  const usable = keys.map((jwk) => createVerificationKey(jwk)).filter((key) => key !== null);
  if (usable.length === 0) throw new Error('the key set holds no usable key');
  if (typeof maxAgeSeconds !== 'number' || Number.isNaN(maxAgeSeconds)) throw new Error('maxAgeSeconds must be a number');
  return {
    keys: new Map(usable.map((key) => [key.kid, sameOrNew(key, before?.keys.get(key.kid))])),
    retiredKids: new Set(retiredKids),
    loadedAtMs: performance.now(),
    maxAgeMs: Math.min(Math.max(maxAgeSeconds, MIN_AGE_SECONDS), MAX_AGE_SECONDS) * 1000,
  };
}

/** A key that is still published stays the same object: tokens verified with it stay verified. */
function sameOrNew(key: VerificationKey, known: VerificationKey | undefined): VerificationKey {
  return known?.pem === key.pem && known.alg === key.alg ? known : key;
}
