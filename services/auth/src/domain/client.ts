/** How a client proves who it is: a secret that we made (sent as Basic or in the form), or a key of its own (RFC 7523). */
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
  /** The database's clock, in Unix seconds with fractions. */
  readonly now: number;
}

export interface Clients {
  find(id: string): Promise<ClientReading | null>;
  /**
   * Takes a client assertion out of use, in one statement.
   *
   * @returns false when it has been used before
   */
  useAssertion(assertion: { readonly clientId: string; readonly jti: string; readonly expiresAt: number }): Promise<boolean>;
}
