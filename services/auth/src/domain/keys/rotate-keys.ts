import { getReserve, type KeyMaintenance, makeReserve, promoteReserve, type RecordKeyChange } from './key-steps.ts';
import type { LockedSigningKeys, SigningKeyRecord } from './signing-key-store.ts';

/**
 * Rotates now or, if the reserve has not been published long enough for every verifier to have it, as soon as it has.
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

async function rotate(keys: LockedSigningKeys, maintenance: KeyMaintenance): Promise<SigningKeyRecord> {
  const active = keys.records.find((key) => key.state === 'active');
  const reserve = getReserve(keys);
  if (reserve.signableAt > keys.now) {
    await keys.update(reserve.kid, { rotateAt: reserve.signableAt });
    return { ...reserve, rotateAt: reserve.signableAt };
  }
  await promoteReserve(keys, active, maintenance.schedule, keys.now);
  await makeReserve(keys, maintenance, reserve.alg);
  return { ...reserve, state: 'active', activatedAt: keys.now };
}
