export interface Answer {
  readonly status: number;
  readonly body: { readonly code?: string } & Readonly<Record<string, unknown>>;
}

export async function call(url: string, init: RequestInit = {}, timeoutMs = 8000): Promise<Answer> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  return { status: answer.status, body: JSON.parse((await answer.text()) || '{}') as Answer['body'] };
}

export function postJson(url: string, body: unknown): Promise<Answer> {
  return call(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

export function withToken(token: string, method = 'GET'): RequestInit {
  return { method, headers: { authorization: `Bearer ${token}` } };
}
