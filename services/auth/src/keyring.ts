import { isDeepStrictEqual } from 'node:util';
import type { Jwks, PublicJwk } from '@countersign/tokens';
import { createAccessTokenSigner } from '@countersign/tokens/signing';
import { decryptPrivateKey } from './domain/encrypt-private-key.ts';
import { isPublished } from './domain/key-schedule.ts';
import { type KeyMaintenance, killKey, maintainKeys, rewrapKeys, rotateKeys } from './domain/maintain-keys.ts';
import type { RevocationFeed, Signer, SigningKeys } from './domain/ports.ts';
import type { SigningKeyRecord } from './domain/signing-keys.ts';

/** How far behind the database this instance may be: another may have rotated or killed a key meanwhile. */
const RELOAD_AFTER_MS = 1000;

export interface KeyringOptions extends KeyMaintenance {
  readonly feed: RevocationFeed;
  readonly log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

/**
 * The signing keys of the service in memory: the one that signs and the ones that are published. Keeps them up to the
 * database and the schedule. The promise is fulfilled when there is a key that signs.
 */
export async function startKeyring(options: KeyringOptions): Promise<Keyring> {
  await rewrapKeys(options);
  const keyring = new Keyring(options);
  await keyring.maintain();
  return keyring;
}

export class Keyring implements SigningKeys {
  readonly #options: KeyringOptions;
  readonly #timer: NodeJS.Timeout;
  #records: readonly SigningKeyRecord[] = [];
  #signer: Signer | null = null;
  #jwks: Jwks = { keys: [] };
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;

  constructor(options: KeyringOptions) {
    this.#options = options;
    const tickMs = Math.min(30_000, (options.schedule.publishSeconds * 1000) / 4);
    this.#timer = setInterval(() => void this.#tick(), Math.max(500, tickMs)).unref();
  }

  async current(): Promise<Signer> {
    if (performance.now() - this.#loadedAtMs > RELOAD_AFTER_MS) await this.reload();
    if (this.#signer === null) throw new Error('there is no active signing key');
    return this.#signer;
  }

  /** The public keys that tokens may be signed with: reserve, active and retiring. From memory. */
  jwks(): Jwks {
    return this.#jwks;
  }

  find(kid: string): PublicJwk | null {
    return this.#jwks.keys.find((key) => key.kid === kid) ?? null;
  }

  async findPublicKey(kid: string): Promise<PublicJwk | null> {
    return this.#records.find((key) => key.kid === kid && key.state !== 'killed')?.publicJwk ?? null;
  }

  isKilled(kid: string): boolean {
    return this.#records.some((key) => key.kid === kid && key.state === 'killed');
  }

  get schedule(): KeyMaintenance['schedule'] {
    return this.#options.schedule;
  }

  /** Reads the keys again; callers at the same time share one read. */
  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Carries out what the schedule asks for now. */
  async maintain(): Promise<void> {
    await maintainKeys(this.#options);
    await this.reload();
  }

  async rotate(): Promise<SigningKeyRecord> {
    const key = await rotateKeys(this.#options);
    await this.reload();
    return key;
  }

  /** @returns `false` when there is no such key */
  async kill(kid: string): Promise<boolean> {
    const found = await killKey(this.#options, kid);
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
    const { store, encryption, log } = this.#options;
    const [records, active] = await Promise.all([store.list(), store.findActive()]);
    if (active !== null && active.record.kid !== this.#signer?.kid) {
      const { record, encryptedPrivateKey } = active;
      const privateKey =
        decryptPrivateKey(encryptedPrivateKey, record.kid, encryption.current) ??
        (encryption.previous && decryptPrivateKey(encryptedPrivateKey, record.kid, encryption.previous));
      if (privateKey === null) throw new Error(`signing key ${record.kid} cannot be decrypted with KEY_ENCRYPTION_KEY`);
      const sign = createAccessTokenSigner({ ...record, privateKey });
      this.#signer = { kid: record.kid, sign };
      log.info({ kid: record.kid, alg: record.alg }, 'this key signs from now on');
    }
    const now = new Date();
    const keys = records.filter((key) => isPublished(key, now)).map((key) => key.publicJwk);
    if (!isDeepStrictEqual(keys, this.#jwks.keys)) this.#jwks = { keys };
    this.#records = records;
    this.#loadedAtMs = performance.now();
  }

  async #tick(): Promise<void> {
    try {
      await this.maintain();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the signing keys could not be maintained; the next try follows');
    }
  }
}
