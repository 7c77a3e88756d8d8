import { Problem } from '@countersign/problems';
import { type Jwks, MAX_RETIRED_KIDS, type PublicJwk } from '@countersign/tokens';
import { isPublished } from '../domain/keys/key-schedule.ts';
import type { KeyMaintenance } from '../domain/keys/key-steps.ts';
import { KILL_REACH_SECONDS } from '../domain/keys/kill-key.ts';
import type { Signer, SigningKeys } from '../domain/keys/signer.ts';
import type { SigningKeyRecord } from '../domain/keys/signing-key-store.ts';
import type { Log } from '../domain/log.ts';
import { waitOut } from '../domain/revocation/wait-out.ts';
import { chooseSigner } from './choose-signer.ts';
import { createClockComparison } from './compare-clocks.ts';
import { createSignerDecryption } from './decrypt-signers.ts';
import { createReload, type Reload } from './reload.ts';

/** How far the signing keys in memory may lag behind the database: another instance may have rotated or killed one meanwhile. */
export const RELOAD_AFTER_MS = 1000;

/** Only after a kill does the active key sign later than now. The extra second is because the clock is read a moment before the keys. */
const LONGEST_WAIT_SECONDS = KILL_REACH_SECONDS + 1;

export interface KeysInMemory extends SigningKeys, Pick<Reload, 'reload' | 'refresh'> {
  /** Waits if the active key may not sign yet. @throws Problem `unavailable` when no key can be read, or the wait would be long */
  current(): Promise<Signer>;
  /** The public keys that tokens may be signed with: reserve, active and retiring. */
  jwks(): Jwks;
  /** All that were not killed, including those no longer published. */
  known(): readonly PublicJwk[];
  isKilled(kid: string): boolean;
  /** Called when the list in Redis reports a kill, which another instance may have carried out. */
  noteKilled(kid: string): void;
  activeSince(): Date | null;
}

interface KeysRead {
  readonly records: readonly SigningKeyRecord[];
  readonly jwks: Jwks;
  readonly signer: Signer | null;
  /** By `performance.now()`, as `atMs`. */
  readonly signsFromMs: number;
  /** When the reading began. */
  readonly atMs: number;
}

const NOT_YET: KeysRead = {
  records: [],
  jwks: { keys: [] },
  signer: null,
  signsFromMs: Number.NEGATIVE_INFINITY,
  atMs: Number.NEGATIVE_INFINITY,
};

export function createKeysInMemory({ store, encryption }: Pick<KeyMaintenance, 'store' | 'encryption'>, log: Log): KeysInMemory {
  const decryptSigners = createSignerDecryption(encryption, log);
  const compareClocks = createClockComparison(log);
  const { reload, joinReload, refresh } = createReload(read);
  let keys = NOT_YET;
  /** Kids that the list reported as killed, until the next read of the database, which recorded the kill first and has the last word. */
  const killed = new Set<string>();

  async function read(): Promise<void> {
    const toldBefore = [...killed];
    const atMs = performance.now();
    const { now, keys: stored } = await store.readStored();
    compareClocks(now);
    const records = stored.map(({ record }) => record);
    const { signer, earlyMs } = chooseSigner(records, decryptSigners(stored), keys.signer, now);
    if (signer !== null && signer !== keys.signer) log.info({ kid: signer.kid }, 'this key signs from now on');
    keys = { records, jwks: toJwks(records, now), signer, signsFromMs: performance.now() + earlyMs, atMs };
    for (const kid of toldBefore) killed.delete(kid);
  }

  async function current(): Promise<Signer> {
    if (performance.now() - keys.atMs > RELOAD_AFTER_MS) await joinReload();
    if (keys.signer === null || isKilled(keys.signer.kid)) await reload();
    if (keys.signer === null) throw new Problem('unavailable', { cause: new Error('there is no signing key that can be read') });
    const earlyMs = keys.signsFromMs - performance.now();
    if (earlyMs <= 0) return keys.signer;
    await waitOut(earlyMs / 1000, LONGEST_WAIT_SECONDS, 'the active key');
    return current();
  }

  function isKilled(kid: string): boolean {
    return killed.has(kid) || keys.records.some((key) => key.kid === kid && key.state === 'killed');
  }

  function noteKilled(kid: string): void {
    killed.add(kid);
    reload().catch((error: unknown) => log.error({ err: error }, 'the signing keys could not be read after a kill'));
  }

  return {
    current,
    reload,
    refresh,
    jwks: () => keys.jwks,
    known: () => keys.records.filter((key) => !isKilled(key.kid)).map((key) => key.publicJwk),
    isKilled,
    noteKilled,
    activeSince: () => keys.records.find(({ state }) => state === 'active')?.activatedAt ?? null,
  };
}

/** @param records - the oldest first */
function toJwks(records: readonly SigningKeyRecord[], now: Date): Jwks {
  const keys = records.filter((key) => isPublished(key, now)).map((key) => key.publicJwk);
  const retired = records.filter((key) => !isPublished(key, now)).map(({ kid }) => kid);
  return retired.length === 0 ? { keys } : { keys, retired_kids: retired.slice(-MAX_RETIRED_KIDS) };
}
