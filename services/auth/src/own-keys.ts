import { createKeySource, type KeySource } from '@countersign/verifier';
import type { Keyring } from './keyring.ts';

/**
 * Auth's own keys for verifying, straight from its database: all that were not killed, also those that are published
 * no more, so that a token long expired can still sign its session out.
 */
export function createOwnKeys(keyring: Pick<Keyring, 'list'>): KeySource {
  return createKeySource({
    load: async () => {
      const keys = await keyring.list();
      return { keys: keys.filter(({ state }) => state !== 'killed').map(({ publicJwk }) => publicJwk), maxAgeSeconds: 30 };
    },
    // A key that another instance made signs at once after a kill: an unknown one is looked up often.
    cooldownSeconds: 1,
  });
}
