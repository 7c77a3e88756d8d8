import { type KeySource, startKeySource } from '@countersign/verifier';
import type { Keyring } from './keyring.ts';

/**
 * Auth's own keys for verifying, straight from its database: all that were not killed, including those no longer published, so that a token
 * long expired can still sign its session out. After two kills in a row a key that another instance has just made may sign at once, so an
 * unknown kid is always looked up; the keyring bounds how often.
 */
export function startOwnKeys(keyring: Pick<Keyring, 'known' | 'jwks' | 'refresh'>): KeySource {
  const source = startKeySource({
    load: async () => {
      await keyring.refresh();
      return { keys: keyring.known(), retiredKids: keyring.jwks().retired_kids ?? [], maxAgeSeconds: 30 };
    },
  });
  return { ...source, refresh: () => source.refreshNow() };
}
