import type { Database } from '@countersign/service';
import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import { createId } from '../identifiers.ts';

/** How a client proves who it is: a secret (sent as Basic or in the form), or a key of its own (RFC 7523). */
export const CLIENT_AUTH_METHODS = ['client_secret', 'private_key_jwt'] as const;

export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

/** A program that is known to us. What it may ask for never reaches beyond `scopes` and `audiences`. */
export interface Client {
  /** Always with a hyphen or an underscore in it, which no user id has. */
  readonly id: string;
  readonly name: string;
  readonly authMethod: ClientAuthMethod;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** The public keys of a `private_key_jwt` client. */
  readonly jwks: { readonly keys: readonly unknown[] } | null;
  /** No token is signed for this client with an earlier `iat`. Unix seconds. */
  readonly tokensNotBefore: number;
}

/** A client as one reading of the database shows it, with all that is needed to judge its request. */
export interface ClientReading {
  readonly client: Client;
  /** SHA-256 of the secrets that are good at `now`: one, or two during a change. */
  readonly secretDigests: readonly Buffer[];
  /** The database's clock when it began to read, in Unix seconds with fractions. */
  readonly now: number;
}

/** Why a client was not authenticated. For the log alone: an impostor must not learn which part of its proof was right. */
export interface ClientRefusal {
  /** The id that the caller gave; nothing proves that it is the caller's. */
  readonly claimedId: string | null;
  /** In words of ours: nothing that was sent. */
  readonly reason: string;
}

export type NewClient = Omit<Client, 'tokensNotBefore'>;

export interface Clients {
  find(id: string): Promise<ClientReading | null>;
  /**
   * Takes a client assertion out of use, in one statement.
   *
   * @returns false when it has been used before, or is too old by now
   */
  useAssertion(assertion: { readonly clientId: string; readonly jti: string; readonly expiresAt: number }): Promise<boolean>;
  /** Adds a client. @returns `false`: one with that id is there already, and stays as it is */
  insert(tx: Database, client: NewClient): Promise<boolean>;
  /**
   * Adds a secret by its digest, unless it was one of the client's before. Those before it stay good for a day, so that
   * their users can change over, or not at all.
   *
   * @returns `false`: it was one, and nothing has changed
   */
  addSecret(tx: Database, clientId: string, digest: Buffer, options: { readonly revokeOld: boolean }): Promise<boolean>;
  /** When a secret ends, or ended, that another has replaced; `null` for any other. */
  findSecretEnd(tx: Database, clientId: string, digest: Buffer): Promise<Date | null>;
  /**
   * Sets `tokensNotBefore` to the next whole second of the database's clock, unless a former call has set a later one.
   *
   * @returns that second, or null when there is no such client
   */
  moveNotBefore(tx: Database, id: string): Promise<number | null>;
  /** @returns the database's clock in Unix seconds, or null when there was no such client */
  delete(tx: Database, id: string): Promise<number | null>;
}

/** Text that a client says and the database looks up: printable ASCII, as RFC 6749, appendix A, has its ids. */
export function isVisibleText(text: unknown): text is string {
  return typeof text === 'string' && /^[\x20-\x7e]{1,255}$/.test(text);
}

/** A new client's id. The hyphen keeps it apart from every user's. */
export function createClientId(): string {
  return `c-${createId()}`;
}

/** Can this be the id of a client that an operator names? */
export function isClientId(id: string): boolean {
  return /^[A-Za-z0-9._-]{3,64}$/.test(id) && /[-_]/.test(id) && id !== FIRST_PARTY_CLIENT_ID;
}
