import { setTimeout as wait } from 'node:timers/promises';
import type { KeyMaintenance, RecordKeyChange } from '../domain/keys/key-steps.ts';
import { killKey } from '../domain/keys/kill-key.ts';
import { maintainKeys } from '../domain/keys/maintain-keys.ts';
import { rewrapKeys } from '../domain/keys/rewrap-keys.ts';
import { rotateKeys } from '../domain/keys/rotate-keys.ts';
import type { SigningKeyRecord } from '../domain/keys/signing-key-store.ts';
import type { Log } from '../domain/log.ts';
import type { RevocationFeed } from '../domain/revocation/revocations.ts';
import { RELOAD_AFTER_MS } from './keys-in-memory.ts';

export interface KeyChanges {
  maintain(): Promise<void>;
  rotate(record: RecordKeyChange): Promise<SigningKeyRecord>;
  /** Afterwards no instance signs with it. @returns `false` when there is no such key */
  kill(kid: string, record: RecordKeyChange): Promise<boolean>;
  close(): void;
}

export interface KeyChangesPorts {
  readonly feed: RevocationFeed;
  readonly log: Log;
  /** Rereads the keys in memory, after each change. */
  readonly reload: () => Promise<void>;
}

export function startChangingKeys(maintenance: KeyMaintenance, { feed, log, reload }: KeyChangesPorts): KeyChanges {
  const { schedule, encryption } = maintenance;
  const timer = setInterval(() => void tick(), (schedule.publishSeconds * 1000) / 4).unref();

  async function tick(): Promise<void> {
    try {
      await maintain();
    } catch (error) {
      log.error({ err: error }, 'the signing keys could not be checked and rotated; the next attempt follows');
    }
  }

  async function maintain(): Promise<void> {
    // An instance that isn't reconfigured yet encrypts new keys under the former key.
    if (encryption.previous !== null) await rewrapKeys(maintenance);
    await maintainKeys(maintenance);
    await reload();
  }

  async function rotate(record: RecordKeyChange): Promise<SigningKeyRecord> {
    const key = await rotateKeys(maintenance, record);
    await reload();
    return key;
  }

  async function kill(kid: string, record: RecordKeyChange): Promise<boolean> {
    let isKilledNow = false;
    const found = await killKey(maintenance, kid, async (tx, key) => {
      await record(tx, key);
      isKilledNow = true;
    });
    if (isKilledNow) log.warn({ kid }, 'this key was killed: its tokens are refused everywhere');
    const [isTold] = await Promise.all([feed.flush(), reload()]);
    // Instances that may not have heard of the kill have reread their keys by then.
    if (found && !isTold) await wait(RELOAD_AFTER_MS);
    return found;
  }

  return { maintain, rotate, kill, close: () => clearInterval(timer) };
}
