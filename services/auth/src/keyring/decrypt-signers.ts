import { createAccessTokenSigner } from '@countersign/tokens/signing';
import { decryptPrivateKey } from '../domain/keys/encrypt-private-key.ts';
import type { KeyEncryption } from '../domain/keys/key-steps.ts';
import type { Signer } from '../domain/keys/signer.ts';
import type { StoredSigningKey } from '../domain/keys/signing-key-store.ts';
import type { Log } from '../domain/log.ts';

/** Turns stored keys into signers, by kid: the active one, and the reserve, so that it can sign at once. */
export type DecryptSigners = (stored: readonly StoredSigningKey[]) => ReadonlyMap<string, Signer>;

/** Each key is decrypted once. One that can't be is left out and logged once. */
export function createSignerDecryption({ current, previous }: KeyEncryption, log: Pick<Log, 'error'>): DecryptSigners {
  let signers: ReadonlyMap<string, Signer> = new Map();
  const unreadable = new Set<string>();

  function decrypt({ record, encryptedPrivateKey }: StoredSigningKey): Signer | null {
    const { kid, alg, publicJwk } = record;
    if (encryptedPrivateKey === null) return null;
    const known = signers.get(kid);
    if (known !== undefined) return known;
    const privateKey =
      decryptPrivateKey(encryptedPrivateKey, kid, current) ?? (previous && decryptPrivateKey(encryptedPrivateKey, kid, previous));
    if (privateKey !== null) return { kid, sign: createAccessTokenSigner({ kid, alg, publicJwk, privateKey }) };
    if (!unreadable.has(kid))
      log.error({ kid }, 'this signing key cannot be decrypted: check that all instances have the same KEY_ENCRYPTION_KEY');
    unreadable.add(kid);
    return null;
  }

  return (stored) => {
    signers = new Map(stored.map(decrypt).flatMap((signer) => (signer === null ? [] : [[signer.kid, signer]])));
    return signers;
  };
}
