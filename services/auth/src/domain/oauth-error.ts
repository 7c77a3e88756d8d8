/**
 * The errors of the OAuth endpoints, each with its status (RFC 6749, section 5.2; `invalid_target`: RFC 8707; `insufficient_scope`: RFC
 * 6750). The last two are RFC 6749's codes for the authorization endpoint, used here for 503 and 500.
 */
export const OAUTH_ERRORS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  insufficient_scope: 403,
  temporarily_unavailable: 503,
  server_error: 500,
} as const;

export type OAuthErrorCode = keyof typeof OAUTH_ERRORS;

/** A refusal of an OAuth endpoint. The description is public: it never holds a secret, a token or what a client sent. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly statusCode: number;

  constructor(code: OAuthErrorCode, description: string, options: { readonly cause?: unknown } = {}) {
    super(description, options);
    this.code = code;
    this.statusCode = OAUTH_ERRORS[code];
  }
}

/** For a refusal of more than is held. The caller gets all of this by asking for nothing; what it asked for may be a secret in a wrong field. */
export function listHeld(held: readonly string[]): string {
  return `Held: ${held.join(' ') || 'none'}`;
}
