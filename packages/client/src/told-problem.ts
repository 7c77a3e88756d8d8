/** The members of a problem document (RFC 9457); each null when absent. */
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
