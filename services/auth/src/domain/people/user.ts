import type { Database } from '@countersign/service';

export interface NewUser {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

export interface Credentials {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly disabled: boolean;
}

export interface SignInCredentials extends Credentials {
  /** One of the user's sessions came from the network that asks now. */
  readonly knownNetwork: boolean;
}

export interface Users {
  /** @returns `false` when the username is taken, regardless of case */
  insert(tx: Database, user: NewUser): Promise<boolean>;
  /** @param network - of the caller, in CIDR form */
  findCredentials(username: string, network: string): Promise<SignInCredentials | null>;
  findCredentialsById(db: Database, id: string): Promise<Credentials | null>;
  /** Locks the user until the transaction ends; `false` when the password has changed since, or the user is disabled or gone. */
  lockUnchanged(tx: Database, credentials: Credentials): Promise<boolean>;
  /** Stores another hash of the same password. @returns `false`, with nothing changed, for the reasons of `lockUnchanged` */
  replaceHash(credentials: Credentials, passwordHash: string): Promise<boolean>;
  setPasswordHash(tx: Database, id: string, passwordHash: string): Promise<void>;
  findProfile(db: Database, id: string): Promise<{ id: string; username: string } | null>;
  hasAny(db: Database, role: string): Promise<boolean>;
}

/** The role of everybody who registers. */
export const MEMBER_ROLE = 'member';
export const ADMIN_ROLE = 'admin';
/** The scope that an administrator's token needs beside the role. */
export const ADMIN_SCOPE = 'admin';

export const USERNAME_PATTERN = '^[A-Za-z0-9._@-]{3,64}$';
/** `USERNAME_PATTERN` in words, to complete "must be". */
export const USERNAME_FORM = '3 to 64 characters A-Z a-z 0-9 . _ @ -';

const USERNAME = new RegExp(USERNAME_PATTERN);

export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}
