export interface Answer {
  readonly status: number;
  readonly body: { readonly code?: string } & Readonly<Record<string, unknown>>;
}

export async function call(url: string, init: RequestInit = {}, timeoutMs = 8000): Promise<Answer> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  return { status: answer.status, body: JSON.parse((await answer.text()) || '{}') as Answer['body'] };
}

export function postJson(url: string, body: unknown): Promise<Answer> {
  return call(url, jsonRequest(body));
}

export function jsonRequest(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function withToken(token: string, method = 'GET', body?: object): RequestInit {
  const authorization = `Bearer ${token}`;
  if (body === undefined) return { method, headers: { authorization } };
  return { method, headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** A request for a client's own token, with what `parameters` say beside the grant. */
export function clientCredentials(
  client: { readonly id: string; readonly secret: string },
  parameters: Readonly<Record<string, string>> = {},
): RequestInit {
  const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
  return { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }) };
}
