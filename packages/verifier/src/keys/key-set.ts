import type { PublicJwk } from '@countersign/tokens';
import { createVerificationKey, type VerificationKey } from './verification-key.ts';

/** What {@link KeySourceOptions.load} gives. */
export interface LoadedKeys {
  /** Those that can't be used are left out; one at least must remain. */
  readonly keys: readonly PublicJwk[];
  /** The `kid`s of keys that used to be published and no longer are. */
  readonly retiredKids?: readonly string[];
  /** How long the keys may be kept before they are loaded again: a second at least and an hour at most, whatever this says. */
  readonly maxAgeSeconds: number;
}

const MIN_AGE_SECONDS = 1;
const MAX_AGE_SECONDS = 3600;

export interface KeySet {
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly retiredKids: ReadonlySet<string>;
  readonly loadedAtMs: number;
  readonly maxAgeMs: number;
}

/** Builds the set that replaces `before`. @throws Error when no key can be used, or `maxAgeSeconds` isn't a number */
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

/** A key that is still published stays the same object, so that tokens verified with it stay verified. */
function sameOrNew(key: VerificationKey, known: VerificationKey | undefined): VerificationKey {
  return known?.pem === key.pem && known.alg === key.alg ? known : key;
}
