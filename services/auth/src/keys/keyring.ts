import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Problem } from '@countersign/problems';
import type { Jwks, PublicJwk } from '@countersign/tokens';
import { createAccessTokenSigner } from '@countersign/tokens/signing';
import type { RecordKeyChange } from '../domain/change-keys-by-admin.ts';
import { decryptPrivateKey } from '../domain/encrypt-private-key.ts';
import { isPublished, maySignOn } from '../domain/key-schedule.ts';
import {
  adoptAlg,
  type KeyMaintenance,
  KILL_REACH_SECONDS,
  killKey,
  maintainKeys,
  rewrapKeys,
  rotateKeys,
} from '../domain/maintain-keys.ts';
import type { Log, RevocationFeed, Signer, SigningKeys } from '../domain/ports.ts';
import type { SigningKeyRecord, StoredSigningKey } from '../domain/signing-keys.ts';

/** How far behind the database this instance may be: another may have rotated or killed a key meanwhile. */
const RELOAD_AFTER_MS = 1000;

/** At most this often for strangers: unknown kids, and fetches of the JWKS past its caches. */
const REFRESH_EVERY_MS = 50;
const REFRESH_LIMIT_MS = 1500;

/** Only a kill makes a key sign later than now. The second more is for a clock that is read a moment before the keys. */
const LONGEST_WAIT_MS = (KILL_REACH_SECONDS + 1) * 1000;

export interface KeyringOptions extends KeyMaintenance {
  readonly feed: RevocationFeed;
  readonly log: Log;
}

/**
 * The signing keys of the service in memory: the one that signs and the ones that are published. Keeps them up to the
 * database and the schedule. The promise is fulfilled when there is a key that signs.
 */
export async function startKeyring(options: KeyringOptions): Promise<Keyring> {
  await rewrapKeys(options);
  await maintainKeys(options);
  await adoptAlg(options);
  const keyring = new Keyring(options);
  await keyring.reload();
  return keyring;
}

export class Keyring implements SigningKeys {
  readonly #options: KeyringOptions;
  readonly #timer: NodeJS.Timeout;
  #records: readonly SigningKeyRecord[] = [];
  /** Of the active key and the reserve, which so can sign at once. */
  #signers: ReadonlyMap<string, Signer> = new Map();
  #signer: Signer | null = null;
  /** By `performance.now()`. */
  #signsFromMs = Number.NEGATIVE_INFINITY;
  /** What the feed told, perhaps before the database was read again. */
  readonly #killed = new Set<string>();
  readonly #unreadable = new Set<string>();
  #jwks: Jwks = { keys: [] };
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #refreshing: Promise<void> | null = null;
  #refreshedAtMs = 0;

  constructor(options: KeyringOptions) {
    this.#options = options;
    const tickMs = Math.min(30_000, (options.schedule.publishSeconds * 1000) / 4);
    this.#timer = setInterval(() => void this.#tick(), Math.max(500, tickMs)).unref();
  }

  async current(): Promise<Signer> {
    if (performance.now() - this.#loadedAtMs > RELOAD_AFTER_MS) await (this.#loading ?? this.reload());
    if (this.#signer === null || this.isKilled(this.#signer.kid)) await this.reload();
    if (this.#signer === null) throw new Problem('unavailable', { cause: new Error('there is no signing key that can be read') });
    const earlyMs = this.#signsFromMs - performance.now();
    if (earlyMs <= 0) return this.#signer;
    if (earlyMs > LONGEST_WAIT_MS)
      throw new Problem('unavailable', {
        cause: new Error(`the database's clock must have been set back: by it, the active key signs in ${Math.ceil(earlyMs / 1000)} s`),
      });
    await wait(earlyMs);
    return this.current();
  }

  /** The public keys that tokens may be signed with: reserve, active and retiring. From memory. */
  jwks(): Jwks {
    return this.#jwks;
  }

  /** For what the feed tells: a key that another instance has killed. */
  noteKilled(kid: string): void {
    if (this.isKilled(kid)) return;
    this.#killed.add(kid);
    this.reload().catch((error: unknown) => this.#options.log.error({ err: error }, 'the signing keys could not be read after a kill'));
  }

  isKilled(kid: string): boolean {
    return this.#killed.has(kid) || this.#records.some((key) => key.kid === kid && key.state === 'killed');
  }

  activeSince(): Date | null {
    return this.#records.find(({ state }) => state === 'active')?.activatedAt ?? null;
  }

  get schedule(): KeyMaintenance['schedule'] {
    return this.#options.schedule;
  }

  /** All that were not killed, even those that are no longer published. From memory. */
  known(): readonly PublicJwk[] {
    return this.#records.filter((key) => !this.isKilled(key.kid)).map((key) => key.publicJwk);
  }

  /** Reads the keys again, beginning after the call: what was committed before is seen. Callers at the same time share one read. */
  reload(): Promise<void> {
    this.#next ??= (this.#loading ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#next = null;
        this.#loading = this.#load().finally(() => {
          this.#loading = null;
        });
        return this.#loading;
      });
    return this.#next;
  }

  /** The same for strangers, however often they ask: within a limit, and whether or not the database answers. */
  refresh(): Promise<void> {
    this.#refreshing ??= wait(Math.max(0, this.#refreshedAtMs + REFRESH_EVERY_MS - performance.now()), undefined, { ref: false }).then(
      () => {
        this.#refreshing = null;
        this.#refreshedAtMs = performance.now();
        return this.#reloadWithin(REFRESH_LIMIT_MS);
      },
    );
    return this.#refreshing;
  }

  /** Carries out what the schedule asks for now. */
  async maintain(): Promise<void> {
    // An instance that is yet to be changed makes its keys under the former encryption key.
    if (this.#options.encryption.previous !== null) await rewrapKeys(this.#options);
    await maintainKeys(this.#options);
    await this.reload();
  }

  async rotate(record: RecordKeyChange): Promise<SigningKeyRecord> {
    const key = await rotateKeys(this.#options, record);
    await this.reload();
    return key;
  }

  /** @returns `false` when there is no such key */
  async kill(kid: string, record: RecordKeyChange): Promise<boolean> {
    const found = await killKey(this.#options, kid, record);
    if (found) this.#options.log.warn({ kid }, 'this key was killed: its tokens are refused everywhere');
    await Promise.all([this.reload(), this.#options.feed.flush()]);
    return found;
  }

  list(): Promise<SigningKeyRecord[]> {
    return this.#options.store.list();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #load(): Promise<void> {
    const { now, keys: stored } = await this.#options.store.readStored();
    const records = stored.map(({ record }) => record);
    const keys = records.filter((key) => isPublished(key, now)).map((key) => key.publicJwk);
    if (!isDeepStrictEqual(keys, this.#jwks.keys)) this.#jwks = { keys };
    this.#signers = new Map(stored.map((key) => this.#toSigner(key)).flatMap((signer) => (signer === null ? [] : [[signer.kid, signer]])));
    this.#chooseSigner(records, now);
    this.#records = records;
    this.#loadedAtMs = performance.now();
  }

  #toSigner({ record, encryptedPrivateKey }: StoredSigningKey): Signer | null {
    const { kid, alg } = record;
    if (encryptedPrivateKey === null) return null;
    const known = this.#signers.get(kid);
    if (known !== undefined) return known;
    const { current, previous } = this.#options.encryption;
    const privateKey =
      decryptPrivateKey(encryptedPrivateKey, kid, current) ?? (previous && decryptPrivateKey(encryptedPrivateKey, kid, previous));
    if (privateKey !== null) return { kid, sign: createAccessTokenSigner({ kid, alg, publicJwk: record.publicJwk, privateKey }) };
    if (!this.#unreadable.has(kid))
      this.#options.log.error({ kid }, 'this signing key cannot be decrypted: has KEY_ENCRYPTION_KEY been changed elsewhere?');
    this.#unreadable.add(kid);
    return null;
  }

  /** The active key signs. Where it can't be read, the one before it continues for as long as its tokens are good. */
  #chooseSigner(records: readonly SigningKeyRecord[], now: Date): void {
    const former = this.#signer;
    const active = records.find((key) => key.state === 'active');
    const signer = this.#signers.get(active?.kid ?? '') ?? null;
    const mayStay = records.some((key) => key.kid === former?.kid && maySignOn(key, now));
    this.#signer = signer ?? (mayStay ? former : null);
    this.#signsFromMs = performance.now() + (Number(active?.activatedAt ?? now) - Number(now));
    if (this.#signer !== null && this.#signer !== former) this.#options.log.info({ kid: this.#signer.kid }, 'this key signs from now on');
  }

  async #reloadWithin(limitMs: number): Promise<void> {
    const limit = new AbortController();
    const late = wait(limitMs, undefined, { ref: false, signal: limit.signal }).catch(() => {});
    await Promise.race([this.reload().catch(() => {}), late]);
    limit.abort();
  }

  async #tick(): Promise<void> {
    try {
      await this.maintain();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the signing keys could not be maintained; the next try follows');
    }
  }
}
