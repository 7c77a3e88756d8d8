interface TokenRequestErrorOptions {
  readonly detail?: string | null;
  readonly requestId?: string | null;
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

/** The auth service gave no token. Holds what its answer says, never a token, a secret or a body. */
export class TokenRequestError extends Error {
  override readonly name = 'TokenRequestError';
  /**
   * The `error` of RFC 6749 or the `code` of a problem document; `unreachable` without an answer, `redirected` for a redirect, which isn't
   * followed, `unexpected` for an answer that can't be used, `metadata_invalid` for metadata that can't.
   */
  readonly code: string;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  /** A sentence for people; null when the answer had none. */
  readonly detail: string | null;
  /** Finds the request in auth's log; null when the answer had none. */
  readonly requestId: string | null;
  /** Seconds to wait before the next attempt, after too many or while auth is overloaded; null when the answer doesn't say. */
  readonly retryAfterSeconds: number | null;

  constructor(code: string, status: number | null, options: TokenRequestErrorOptions = {}) {
    const { detail = null, requestId = null, retryAfterSeconds = null } = options;
    super(`No token: ${code}${status === null ? '' : ` (HTTP ${status})`}.`, options);
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
