import { StartError } from '@countersign/problems';
import type { SigningAlg } from '@countersign/tokens';
import { generateSigningKey } from '@countersign/tokens/signing';
import { createKid } from '../identifiers.ts';
import type { RecordKeyChange } from './change-keys-by-admin.ts';
import { decryptPrivateKey, encryptPrivateKey } from './encrypt-private-key.ts';
import { findReserve, type KeySchedule, nextAlg, planKeys } from './key-schedule.ts';
import type { LockedSigningKeys, SigningKeyRecord, SigningKeyStore } from './signing-keys.ts';

export interface KeyEncryption {
  readonly current: Buffer;
  readonly previous: Buffer | null;
}

export interface KeyMaintenance {
  readonly store: SigningKeyStore;
  readonly schedule: KeySchedule;
  readonly encryption: KeyEncryption;
}

/** Carries out what the schedule asks for at this moment; several instances may call it at once, and make one key. */
export function maintainKeys({ store, schedule, encryption }: KeyMaintenance): Promise<void> {
  return store.locked(async (keys) => {
    const plan = planKeys(keys.records, schedule, keys.now);
    for (const kid of plan.forget) await keys.delete(kid);
    const active = keys.records.find((key) => key.state === 'active');
    const alg = nextAlg(keys.records, schedule);
    if (plan.promote) await promoteReserve(keys, active, schedule, keys.now);
    if (plan.make === 2) await makeKey(keys, alg, encryption, 'active', keys.now);
    if (plan.make > 0) {
      const isFirst = active === undefined;
      await makeKey(keys, alg, encryption, 'reserve', isFirst ? keys.now : publishedLongEnough(keys.now, schedule));
    }
  });
}

/** At a start: a reserve of another algorithm than is configured has never signed, and makes room for one that has it. */
export function adoptAlg({ store, schedule, encryption }: KeyMaintenance): Promise<void> {
  return store.locked(async (keys) => {
    const reserve = getReserve(keys);
    if (reserve.alg === schedule.alg) return;
    await keys.delete(reserve.kid);
    await makeKey(keys, schedule.alg, encryption, 'reserve', publishedLongEnough(keys.now, schedule));
  });
}

/**
 * Rotates now, or, when the reserve has not been published long enough for every verifier to have it, as soon as it has.
 *
 * @returns the key that signs from now on, or from its `signableAt` on
 */
export function rotateKeys(maintenance: KeyMaintenance, record: RecordKeyChange): Promise<SigningKeyRecord> {
  return maintenance.store.locked(async (keys) => {
    const next = await rotate(keys, maintenance);
    await record(keys.tx, next);
    return next;
  });
}

async function rotate(keys: LockedSigningKeys, { schedule, encryption }: KeyMaintenance): Promise<SigningKeyRecord> {
  const active = keys.records.find((key) => key.state === 'active');
  const reserve = getReserve(keys);
  if (reserve.signableAt > keys.now) {
    await keys.update(reserve.kid, { rotateAt: reserve.signableAt });
    return { ...reserve, rotateAt: reserve.signableAt };
  }
  await promoteReserve(keys, active, schedule, keys.now);
  await makeKey(keys, reserve.alg, encryption, 'reserve', publishedLongEnough(keys.now, schedule));
  return { ...reserve, state: 'active', activatedAt: keys.now };
}

/** Verifiers hear of a kill and fetch the keys in a small part of it. */
export const KILL_REACH_SECONDS = 1;

/**
 * Kills a key whose private half may be known to others: its tokens are refused everywhere, permanently. If it was the
 * active key, the reserve signs at once, and a new reserve is published: the verifiers fetch it when they hear of the kill.
 * A reserve that not every verifier may have yet, as after two kills in a row, signs a second later for the same reason.
 *
 * @returns `false` when there is no such key
 */
export function killKey(maintenance: KeyMaintenance, kid: string, record: RecordKeyChange): Promise<boolean> {
  return maintenance.store.locked(async (keys) => {
    const key = keys.records.find((known) => known.kid === kid);
    if (key === undefined) return false;
    if (key.state === 'killed') return true;
    await kill(keys, key, maintenance);
    await record(keys.tx, { kid, state: 'killed' });
    return true;
  });
}

async function kill(keys: LockedSigningKeys, { kid, state }: SigningKeyRecord, { schedule, encryption }: KeyMaintenance): Promise<void> {
  await keys.update(kid, { state: 'killed', killedAt: keys.now, rotateAt: null });
  await keys.forgetPrivateKey(kid);
  await keys.revoke({ kind: 'kid', id: kid, expiresAt: null, before: null });
  if (state === 'active') {
    const isEverywhere = getReserve(keys).signableAt <= keys.now;
    await promoteReserve(keys, undefined, schedule, isEverywhere ? keys.now : secondsAfter(keys.now, KILL_REACH_SECONDS));
  }
  if (state !== 'retiring') {
    const alg = nextAlg(keys.records, schedule);
    await makeKey(keys, alg, encryption, 'reserve', publishedLongEnough(keys.now, schedule));
  }
}

/**
 * Puts every private key under the current encryption key.
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

async function promoteReserve(
  keys: LockedSigningKeys,
  active: SigningKeyRecord | undefined,
  schedule: KeySchedule,
  activatedAt: Date,
): Promise<void> {
  if (active !== undefined) {
    await keys.update(active.kid, { state: 'retiring', retiresAt: secondsAfter(keys.now, schedule.retireSeconds) });
    await keys.forgetPrivateKey(active.kid);
  }
  await keys.update(getReserve(keys).kid, { state: 'active', activatedAt, rotateAt: null });
}

async function makeKey(
  keys: LockedSigningKeys,
  alg: SigningAlg,
  encryption: KeyEncryption,
  state: 'reserve' | 'active',
  signableAt: Date,
): Promise<void> {
  const key = await generateSigningKey(createKid(), alg);
  await keys.insert(key, encryptPrivateKey(key.privateKey, key.kid, encryption.current), { state, signableAt });
}

function getReserve(keys: LockedSigningKeys): SigningKeyRecord {
  const reserve = findReserve(keys.records);
  if (reserve === null) throw new Error('there is no signing key in reserve');
  return reserve;
}

/** From then on a key that is made now may sign, unless a kill needs it before. */
function publishedLongEnough(now: Date, { publishSeconds }: KeySchedule): Date {
  return secondsAfter(now, publishSeconds);
}

function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
