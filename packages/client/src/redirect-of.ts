import { TokenRequestError } from './token-request-error.ts';

/** The error for an answer that sends a client of auth elsewhere, where no password, token or secret is sent unasked; `null` for any other. */
export function redirectOf({ status, headers, url }: Response): TokenRequestError | null {
  if (status < 300 || status > 399) return null;
  const detail = `${url} redirects to ${headers.get('location') ?? 'nowhere'}, which is not followed.`;
  return new TokenRequestError('redirected', status, { detail });
}
