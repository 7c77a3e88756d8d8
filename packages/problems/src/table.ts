/**
 * Every error that a client can meet: its code, which is stable API, the HTTP status, and the public sentence.
 * What the log says beside it is the error's own message and cause, and never leaves the process.
 */
export const PROBLEMS = {
  token_missing: { status: 401, title: 'An access token is needed.' },
  token_malformed: { status: 401, title: 'What was presented does not have the form of a token.' },
  token_invalid: { status: 401, title: 'The token is not valid here.' },
  token_expired: { status: 401, title: 'The token has expired.' },
  token_revoked: { status: 401, title: 'The token has been revoked.' },
  token_wrong_audience: { status: 401, title: 'The token was issued for another service.' },
  insufficient_scope: { status: 403, title: 'The token lacks a scope that is needed here.' },
  insufficient_role: { status: 403, title: 'The user lacks a role that is needed here.' },
  reauthentication_required: { status: 401, title: 'The password must be proved again, more recently.' },
  csrf_failed: { status: 403, title: 'The request does not carry the proof that the page itself sent it.' },
  credentials_invalid: { status: 401, title: 'The credentials are not right.' },
  forbidden: { status: 403, title: 'This is not allowed.' },
  rate_limited: { status: 429, title: 'Too many attempts.' },
  not_found: { status: 404, title: 'There is no such thing.' },
  method_not_allowed: { status: 405, title: 'This method is not offered here.' },
  conflict: { status: 409, title: 'This is taken.' },
  precondition_failed: { status: 412, title: 'It has changed meanwhile.' },
  validation_failed: { status: 400, title: 'The request does not have the form that is asked for.' },
  payload_too_large: { status: 413, title: 'The body is too large.' },
  unsupported_media_type: { status: 415, title: 'The body has a content type that is not taken here.' },
  revocation_unavailable: { status: 503, title: 'Whether tokens were revoked is not known at the moment.' },
  unavailable: { status: 503, title: 'The service cannot answer at the moment.' },
  internal: { status: 500, title: 'Something went wrong on our side.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;
