import { nextAlg } from './key-schedule.ts';
import { getReserve, type KeyMaintenance, makeReserve, promoteReserve, type RecordKeyChange, secondsAfter } from './key-steps.ts';
import type { LockedSigningKeys, SigningKeyRecord } from './signing-key-store.ts';

/** In this time every verifier has heard of a kill and fetched the keys; they need a fraction of it. */
export const KILL_REACH_SECONDS = 1;

/**
 * Kills a key whose private half may have leaked: its tokens are refused everywhere, permanently. If it was active, the reserve signs at
 * once and a new reserve is published; verifiers fetch it when they hear of the kill. After two kills in a row not every verifier may have
 * the reserve yet: it then signs a second later.
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

async function kill(keys: LockedSigningKeys, key: SigningKeyRecord, maintenance: KeyMaintenance): Promise<void> {
  const { schedule } = maintenance;
  const alg = nextAlg(keys.records, schedule);
  await keys.update(key.kid, { state: 'killed', killedAt: keys.now, rotateAt: null });
  await keys.forgetPrivateKey(key.kid);
  await keys.revoke({ kind: 'kid', id: key.kid, expiresAt: null, before: null });
  if (key.state === 'active') {
    const isEverywhere = getReserve(keys).signableAt <= keys.now;
    await promoteReserve(keys, undefined, schedule, isEverywhere ? keys.now : secondsAfter(keys.now, KILL_REACH_SECONDS));
    await makeReserve(keys, maintenance, alg);
  }
  if (key.state === 'reserve') await makeReserve(keys, maintenance, alg, key);
}
