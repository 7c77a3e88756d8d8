import type { KeyMaintenance } from '../domain/keys/key-steps.ts';
import { adoptAlg, maintainKeys } from '../domain/keys/maintain-keys.ts';
import { rewrapKeys } from '../domain/keys/rewrap-keys.ts';
import type { SigningKeyRecord } from '../domain/keys/signing-key-store.ts';
import type { Log } from '../domain/log.ts';
import type { RevocationFeed } from '../domain/revocation/revocations.ts';
import { type KeyChanges, startChangingKeys } from './change-keys.ts';
import { createKeysInMemory, type KeysInMemory } from './keys-in-memory.ts';

export interface Keyring extends KeysInMemory, KeyChanges {
  readonly schedule: KeyMaintenance['schedule'];
  /** From the database, including killed ones. */
  list(): Promise<SigningKeyRecord[]>;
}

export interface KeyringOptions extends KeyMaintenance {
  readonly feed: RevocationFeed;
  readonly log: Log;
}

/** Keeps the keys in step with the database and the schedule. Resolves when there is a key that signs. */
export async function startKeyring(options: KeyringOptions): Promise<Keyring> {
  const { store, schedule, feed, log } = options;
  await rewrapKeys(options);
  await maintainKeys(options);
  await adoptAlg(options);
  const keys = createKeysInMemory(options, log);
  await keys.reload();
  const changes = startChangingKeys(options, { feed, log, reload: keys.reload });
  return { ...keys, ...changes, schedule, list: () => store.list() };
}
