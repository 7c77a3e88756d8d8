/** The auth service gave no token. Holds its error code and status, and never a token, a secret or a body. */
export class TokenRequestError extends Error {
  override readonly name = 'TokenRequestError';
  /** `error` of RFC 6749 or `code` of a problem document; `unreachable` without an answer, `unexpected` for an odd one. */
  readonly code: string;
  /** The HTTP status; null when there was no answer. */
  readonly status: number | null;

  constructor(code: string, status: number | null, options: { readonly cause?: unknown } = {}) {
    super(`No token: ${code}${status === null ? '' : ` (HTTP ${status})`}.`, options);
    this.code = code;
    this.status = status;
  }
}
