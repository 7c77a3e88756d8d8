import type { Database } from '@countersign/service';
import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import { createId } from '../identifiers.ts';

/** How a client proves who it is: a secret (sent as Basic or in the form), or a key of its own (RFC 7523). */
export const CLIENT_AUTH_METHODS = ['client_secret', 'private_key_jwt'] as const;

export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

/** A registered program. It can never ask for more than `scopes` and `audiences`. */
export interface Client {
  /** Contains a hyphen or an underscore, which no user id does. */
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

/** A client as one statement read it, with all that is needed to judge its request. */
export interface ClientReading {
  readonly client: Client;
  /** SHA-256 of the secrets that are valid at `now`: more than one while replaced ones still work. */
  readonly secretDigests: readonly Buffer[];
  /** The database's clock when the statement began, in Unix seconds with fractions. */
  readonly now: number;
}

/** Why a client was not authenticated. For the log only: an impostor must not learn which part of its proof was right. */
export interface ClientRefusal {
  /** The id that the caller sent, unproven. */
  readonly claimedId: string | null;
  /** In our own words; never repeats what was sent. */
  readonly reason: string;
}

export type NewClient = Omit<Client, 'tokensNotBefore'>;

export interface Clients {
  find(id: string): Promise<ClientReading | null>;
  /** Marks a client assertion as used, in one statement. @returns false when it was used before or has expired, or its client is gone */
  useAssertion(assertion: { readonly clientId: string; readonly jti: string; readonly expiresAtSeconds: number }): Promise<boolean>;
  /** @returns `false` when a client with that id exists; it stays as it is */
  insert(tx: Database, client: NewClient): Promise<boolean>;
  /**
   * Adds a secret by its digest, unless the client has had it before. Earlier ones end in a day, for a changeover, or now with `revokeOld`.
   *
   * @returns `false` when the client has had it before; nothing has changed
   */
  addSecret(tx: Database, clientId: string, digest: Buffer, options: { readonly revokeOld: boolean }): Promise<boolean>;
  /** When a replaced secret ends or ended; `null` for any other. */
  findSecretEnd(tx: Database, clientId: string, digest: Buffer): Promise<Date | null>;
  /**
   * Sets `tokensNotBefore` to the next whole second of the database's clock, unless an earlier call has set a later one.
   *
   * @returns the new value, or null when there is no such client
   */
  moveNotBefore(tx: Database, id: string): Promise<number | null>;
  /** @returns the database's clock in Unix seconds, or null when there was no such client */
  delete(tx: Database, id: string): Promise<number | null>;
}

/** Text from a client that the database looks up: printable ASCII, as RFC 6749, appendix A, defines ids. */
export function isVisibleText(text: unknown): text is string {
  return typeof text === 'string' && /^[\x20-\x7e]{1,255}$/.test(text);
}

/** The hyphen distinguishes it from every user's id. */
export function createClientId(): string {
  return `c-${createId()}`;
}

/** Whether a client can have this id, whether generated or chosen by an operator. */
export function isClientId(id: string): boolean {
  return /^[A-Za-z0-9._-]{3,64}$/.test(id) && /[-_]/.test(id) && id !== FIRST_PARTY_CLIENT_ID;
}
