import type { Database } from '@countersign/service';
import type { SigningAlg } from '@countersign/tokens';
import { generateSigningKey } from '@countersign/tokens/signing';
import { createKid } from '../identifiers.ts';
import { encryptPrivateKey } from './encrypt-private-key.ts';
import { findReserve, type KeySchedule } from './key-schedule.ts';
import type { LockedSigningKeys, NewSigningKeyFields, SigningKeyRecord, SigningKeyStore } from './signing-key-store.ts';

export interface KeyEncryption {
  readonly current: Buffer;
  readonly previous: Buffer | null;
}

export interface KeyMaintenance {
  readonly store: SigningKeyStore;
  readonly schedule: KeySchedule;
  readonly encryption: KeyEncryption;
}

export type RecordKeyChange = (tx: Database, key: Pick<SigningKeyRecord, 'kid' | 'state'>) => Promise<void>;

/** The reserve signs from `activatedAt` on; the former active key stays published for the tokens that it signed. */
export async function promoteReserve(
  keys: LockedSigningKeys,
  active: SigningKeyRecord | undefined,
  schedule: KeySchedule,
  activatedAt: Date,
): Promise<void> {
  if (active !== undefined) {
    await keys.update(active.kid, { state: 'retiring', retiresAt: secondsAfter(keys.now, schedule.retireSeconds) });
    await keys.forgetPrivateKey(active.kid);
  }
  await keys.update(getReserve(keys).kid, { state: 'active', activatedAt });
}

export async function makeKey(
  keys: LockedSigningKeys,
  { encryption }: KeyMaintenance,
  alg: SigningAlg,
  fields: NewSigningKeyFields,
): Promise<void> {
  const key = await generateSigningKey(createKid(), alg);
  await keys.insert(key, encryptPrivateKey(key.privateKey, key.kid, encryption.current), fields);
}

/**
 * Makes the key that signs next, once it has been published long enough.
 *
 * @param replaced - the reserve that it replaces, whose pending rotation, if any, it inherits
 */
export async function makeReserve(
  keys: LockedSigningKeys,
  maintenance: KeyMaintenance,
  alg: SigningAlg,
  replaced: SigningKeyRecord | null = null,
): Promise<void> {
  const signableAt = secondsAfter(keys.now, maintenance.schedule.publishSeconds);
  const rotateAt = replaced === null || replaced.rotateAt === null ? null : signableAt;
  await makeKey(keys, maintenance, alg, { state: 'reserve', signableAt, rotateAt });
}

export function getReserve(keys: LockedSigningKeys): SigningKeyRecord {
  const reserve = findReserve(keys.records);
  if (reserve === null) throw new Error('there is no signing key in reserve');
  return reserve;
}

export function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
