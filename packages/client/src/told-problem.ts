/** The members of a problem document (RFC 9457); each null when absent. */
export interface ToldProblem {
  readonly code: string | null;
  readonly detail: string | null;
  readonly requestId: string | null;
}

export async function readProblem(response: Response): Promise<ToldProblem> {
  const text = textsOf(await response.json().catch(() => null));
  return { code: text('code'), detail: text('detail'), requestId: text('request_id') };
}

/** Reads the members of a JSON object that are text; `null` for any other. */
export function textsOf(body: unknown): (name: string) => string | null {
  const members: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {};
  return (name) => (typeof members[name] === 'string' ? members[name] : null);
}
