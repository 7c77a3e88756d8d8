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
  return RENEWABLE.includes((await readProblem(response.clone())).code);
}

/** What a problem document (RFC 9457) tells; each null where it isn't there. */
export interface ToldProblem {
  readonly code: string | null;
  readonly detail: string | null;
  readonly requestId: string | null;
}

export async function readProblem(response: Response): Promise<ToldProblem> {
  const body: unknown = await response.json().catch(() => null);
  const members: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  const text = (name: string) => (typeof members[name] === 'string' ? members[name] : null);
  return { code: text('code'), detail: text('detail'), requestId: text('request_id') };
}
