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

/** What changes the keys: the schedule, by a timer, and the administrators. */
export interface KeyChanges {
  /** Carries out what the schedule asks for now. */
  maintain(): Promise<void>;
  rotate(record: RecordKeyChange): Promise<SigningKeyRecord>;
  /** From then on no instance signs with it. @returns `false` when there is no such key */
  kill(kid: string, record: RecordKeyChange): Promise<boolean>;
  /** Ends the timer. */
  close(): void;
}

export interface KeyChangesPorts {
  readonly feed: RevocationFeed;
  readonly log: Log;
  /** Reads the keys in memory again, after each change. */
  readonly reload: () => Promise<void>;
}

export function startChangingKeys(maintenance: KeyMaintenance, { feed, log, reload }: KeyChangesPorts): KeyChanges {
  const { schedule, encryption } = maintenance;
  const timer = setInterval(() => void tick(), (schedule.publishSeconds * 1000) / 4).unref();

  async function tick(): Promise<void> {
    try {
      await maintain();
    } catch (error) {
      log.error({ err: error }, 'the signing keys could not be maintained; the next try follows');
    }
  }

  async function maintain(): Promise<void> {
    // An instance that is yet to be changed makes its keys under the former encryption key.
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
    // Instances that weren't told will have read their keys again.
    if (found && !isTold) await wait(RELOAD_AFTER_MS);
    return found;
  }

  return { maintain, rotate, kill, close: () => clearInterval(timer) };
}
