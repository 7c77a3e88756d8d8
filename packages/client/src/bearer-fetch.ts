import type { Fetch } from './bounded-fetch.ts';
import { readProblem } from './received-problem.ts';

/** Only these two refusals are answered with a new token. */
const RENEWABLE: readonly unknown[] = ['token_expired', 'token_revoked'];

/** Sends a request with an access token, or without one when there is none. */
export function fetchWithToken(fetch: Fetch, url: URL, init: RequestInit, accessToken: string | null): Promise<Response> {
  const headers = new Headers(init.headers);
  if (accessToken !== null) headers.set('authorization', `Bearer ${accessToken}`);
  return fetch(url, { ...init, headers });
}

/** Whether the request was refused for a token that a new one can replace. */
export async function asksForNewToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  // The answer to a HEAD has no code. Its challenge tells only that the token is no good (RFC 6750, section 3.1).
  if (response.body === null) return /\berror="invalid_token"/.test(response.headers.get('www-authenticate') ?? '');
  return RENEWABLE.includes((await readProblem(response.clone())).code);
}

/** A stream, the web's or Node's, or another asynchronous iterable is used up once it has been sent. */
export function canBeSentAgain({ body }: RequestInit): boolean {
  return !(Symbol.asyncIterator in Object(body));
}
