import type { Database } from '@countersign/service';
import type { PublicJwk, RevocationEntry, SigningAlg } from '@countersign/tokens';
import type { SigningKey } from '@countersign/tokens/signing';

/**
 * reserve: published, signs next · active: signs · retiring: published until its last token has expired, then only
 * known here, so that an old token can still sign out · killed: refused.
 */
export const SIGNING_KEY_STATES = ['reserve', 'active', 'retiring', 'killed'] as const;

export type SigningKeyState = (typeof SIGNING_KEY_STATES)[number];

/** A signing key without its private half. */
export interface SigningKeyRecord {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly state: SigningKeyState;
  readonly publicJwk: PublicJwk;
  readonly createdAt: Date;
  /** From then on every verifier has had time to fetch the key, so it may sign. */
  readonly signableAt: Date;
  /** When to carry out a rotation that was requested before `signableAt`. */
  readonly rotateAt: Date | null;
  /** When it began to sign; a moment ahead if a kill needs it before `signableAt`. */
  readonly activatedAt: Date | null;
  readonly retiresAt: Date | null;
  readonly killedAt: Date | null;
}

/** All keys. One `locked` call runs at a time, as one transaction. */
export interface SigningKeyStore {
  locked<Result>(work: (keys: LockedSigningKeys) => Promise<Result>): Promise<Result>;
  list(): Promise<SigningKeyRecord[]>;
  /** With the private halves, as they were at one moment. */
  readStored(): Promise<StoredSigningKeys>;
}

export interface StoredSigningKeys {
  /** The database's clock. */
  readonly now: Date;
  /** The oldest first. */
  readonly keys: readonly StoredSigningKey[];
}

export interface StoredSigningKey {
  readonly record: SigningKeyRecord;
  /** `null` in a key that no longer signs. */
  readonly encryptedPrivateKey: Buffer | null;
}

/** A new key's first fields. One that begins as the active key signs from `signableAt` on. */
export interface NewSigningKeyFields extends Pick<SigningKeyRecord, 'signableAt' | 'rotateAt'> {
  readonly state: 'reserve' | 'active';
}

export interface LockedSigningKeys {
  /** For writes that belong to the same change but are stored elsewhere. */
  readonly tx: Database;
  /** The database's clock. */
  readonly now: Date;
  readonly records: readonly SigningKeyRecord[];
  insert(key: SigningKey, encryptedPrivateKey: Buffer, fields: NewSigningKeyFields): Promise<void>;
  update(
    kid: string,
    fields: Partial<Pick<SigningKeyRecord, 'state' | 'rotateAt' | 'activatedAt' | 'retiresAt' | 'killedAt'>>,
  ): Promise<void>;
  forgetPrivateKey(kid: string): Promise<void>;
  delete(kid: string): Promise<void>;
  encryptedPrivateKeys(): Promise<{ kid: string; encryptedPrivateKey: Buffer }[]>;
  replaceEncryptedPrivateKey(kid: string, encryptedPrivateKey: Buffer): Promise<void>;
  revoke(entry: RevocationEntry): Promise<void>;
}
