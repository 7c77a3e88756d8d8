/** `typ` of an access token's header (RFC 9068, section 2.1). */
export const ACCESS_TOKEN_TYP = 'at+jwt';

/** The longest lifetime of an access token in seconds, whatever the auth service is configured to issue. */
export const MAX_ACCESS_TOKEN_TTL_SECONDS = 3600;

/** The most bytes that an access token may have. A longer one is refused before anything in it is read. */
export const MAX_TOKEN_BYTES = 8192;

/** `client_id` of a user's own sign-in at `/login`. */
export const FIRST_PARTY_CLIENT_ID = 'first-party';

/** The audience that every first-party service accepts. */
export const DEFAULT_AUDIENCE = 'urn:countersign:api';

/** The audience of a single service, e.g. `urn:countersign:books`. */
export function serviceAudience(service: string): string {
  return `urn:countersign:${service}`;
}

/** Who acts for the subject, after a token exchange (RFC 8693, section 4.1). */
export interface Actor {
  readonly sub: string;
  readonly act?: Actor;
}

/** The claims of an access token (RFC 9068). Times are whole Unix seconds. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string | readonly string[];
  /** The user's id, or the client's id in a token that a client got for itself. */
  readonly sub: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** The session; absent in a client's own token. */
  readonly sid?: string;
  /** Space-separated, e.g. `books:read books:write`. */
  readonly scope?: string;
  /** The user's roles; absent when there are none, and after a token exchange. */
  readonly roles?: readonly string[];
  /** When the user last proved the password; a refresh does not change it. */
  readonly auth_time?: number;
  /** The value that `X-CSRF-Token` must repeat; only in tokens that are delivered as a cookie. */
  readonly csrf?: string;
  readonly act?: Actor;
}

/** Whether one of the token's audiences is among those that a service accepts. */
export function hasAudience(claims: Pick<AccessTokenClaims, 'aud'>, accepted: readonly string[]): boolean {
  return typeof claims.aud === 'string' ? accepted.includes(claims.aud) : claims.aud.some((aud) => accepted.includes(aud));
}
