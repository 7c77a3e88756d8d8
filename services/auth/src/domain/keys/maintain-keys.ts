import { nextAlg, planKeys } from './key-schedule.ts';
import { getReserve, type KeyMaintenance, makeKey, makeReserve, promoteReserve } from './key-steps.ts';

/** Carries out what the schedule asks for now. Several instances may call it at once, and make one key. */
export function maintainKeys(maintenance: KeyMaintenance): Promise<void> {
  const { store, schedule } = maintenance;
  return store.locked(async (keys) => {
    const plan = planKeys(keys.records, schedule, keys.now);
    for (const kid of plan.forget) await keys.delete(kid);
    const active = keys.records.find((key) => key.state === 'active');
    const alg = nextAlg(keys.records, schedule);
    if (plan.promote) await promoteReserve(keys, active, schedule, keys.now);
    for (const state of plan.make) {
      // Without an active key there is nothing to wait for: no verifier has older keys in memory.
      if (active === undefined) await makeKey(keys, maintenance, alg, { state, signableAt: keys.now, rotateAt: null });
      else await makeReserve(keys, maintenance, alg);
    }
  });
}

/** At start: replaces a reserve of another algorithm than the configured one; it has never signed. */
export function adoptAlg(maintenance: KeyMaintenance): Promise<void> {
  const { store, schedule } = maintenance;
  return store.locked(async (keys) => {
    const reserve = getReserve(keys);
    if (reserve.alg === schedule.alg) return;
    await keys.delete(reserve.kid);
    await makeReserve(keys, maintenance, schedule.alg, reserve);
  });
}
