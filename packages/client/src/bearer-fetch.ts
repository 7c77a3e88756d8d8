import type { Fetch } from './bounded-fetch.ts';

/** A new token helps against these two refusals and no other. */
const RENEWABLE: readonly unknown[] = ['token_expired', 'token_revoked'];

/** Sends a request with an access token, or without when there is none. */
export function fetchWithToken(fetch: Fetch, url: URL, init: RequestInit, accessToken: string | null): Promise<Response> {
  const headers = new Headers(init.headers);
  if (accessToken !== null) headers.set('authorization', `Bearer ${accessToken}`);
  return fetch(url, { ...init, headers });
}

/** Was the request refused for a token that a new one can replace, and can the request be sent again? */
export async function asksForNewToken(response: Response, init: RequestInit): Promise<boolean> {
  if (response.status !== 401 || init.body instanceof ReadableStream) return false;
  return RENEWABLE.includes(await problemCode(response.clone()));
}

/** `code` of a problem document (RFC 9457), or null. */
export async function problemCode(response: Response): Promise<string | null> {
  const body: unknown = await response.json().catch(() => null);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null;
  return typeof code === 'string' ? code : null;
}
