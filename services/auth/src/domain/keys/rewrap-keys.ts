import { StartError } from '@countersign/problems';
import { decryptPrivateKey, encryptPrivateKey } from './encrypt-private-key.ts';
import type { KeyMaintenance } from './key-steps.ts';

/**
 * Re-encrypts every private key under the current encryption key.
 *
 * @throws StartError when one is under neither the current nor the previous
 */
export function rewrapKeys({ store, encryption }: KeyMaintenance): Promise<void> {
  return store.locked(async (keys) => {
    for (const { kid, encryptedPrivateKey } of await keys.encryptedPrivateKeys()) {
      if (decryptPrivateKey(encryptedPrivateKey, kid, encryption.current) !== null) continue;
      const privateKey = encryption.previous && decryptPrivateKey(encryptedPrivateKey, kid, encryption.previous);
      if (privateKey === null) {
        throw new StartError(
          `Neither KEY_ENCRYPTION_KEY nor KEY_ENCRYPTION_KEY_PREVIOUS decrypts signing key ${kid} in the database. Set KEY_ENCRYPTION_KEY to the value that it had before; to change it, put that value into KEY_ENCRYPTION_KEY_PREVIOUS.`,
        );
      }
      await keys.replaceEncryptedPrivateKey(kid, encryptPrivateKey(privateKey, kid, encryption.current));
    }
  });
}
