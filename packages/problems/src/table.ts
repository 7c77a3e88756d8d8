/**
 * Every error that a client can meet: its code, which is stable API, the HTTP status, and the public sentence. The cause of an error is for
 * the log, and never leaves the process.
 */
export const PROBLEMS = {
  token_missing: { status: 401, title: 'An access token is required.' },
  token_malformed: { status: 401, title: 'The value presented is not a well-formed token.' },
  token_invalid: { status: 401, title: 'The token is not valid here.' },
  token_expired: { status: 401, title: 'The token has expired.' },
  token_revoked: { status: 401, title: 'The token has been revoked.' },
  token_wrong_audience: { status: 401, title: 'The token was issued for another service.' },
  insufficient_scope: { status: 403, title: 'The token lacks a required scope.' },
  insufficient_role: { status: 403, title: 'The user lacks a required role.' },
  reauthentication_required: { status: 401, title: 'The password must be confirmed again, with POST /reauthenticate of the auth service.' },
  csrf_failed: { status: 403, title: 'The request failed the CSRF check.' },
  credentials_invalid: { status: 401, title: 'The credentials are incorrect.' },
  forbidden: { status: 403, title: 'This is not allowed.' },
  rate_limited: { status: 429, title: 'Too many attempts.' },
  not_found: { status: 404, title: 'There is no such resource.' },
  method_not_allowed: { status: 405, title: 'This method is not supported here.' },
  conflict: { status: 409, title: 'The request conflicts with the current state.' },
  precondition_failed: { status: 412, title: 'The condition in If-Match or If-None-Match is not met; the resource may have changed.' },
  validation_failed: { status: 400, title: 'The request is not valid.' },
  payload_too_large: { status: 413, title: 'The body is too large.' },
  unsupported_media_type: { status: 415, title: 'This content type is not supported here.' },
  revocation_unavailable: { status: 503, title: 'Revocation status is currently unknown.' },
  unavailable: { status: 503, title: 'The service cannot answer at the moment.' },
  internal: { status: 500, title: 'Something went wrong on our side.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;
