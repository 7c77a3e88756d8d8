/** The members of a problem document (RFC 9457), and what comes with it; each null when absent. */
export interface ToldProblem {
  readonly code: string | null;
  readonly detail: string | null;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
}

export async function readProblem(response: Response): Promise<ToldProblem> {
  const text = textsOf(await response.json().catch(() => null));
  return { code: text('code'), detail: text('detail'), requestId: text('request_id'), retryAfterSeconds: retryAfterOf(response) };
}

/** `Retry-After` (RFC 9110, section 10.2.3) in its usual form; `null` for a date, or none. */
export function retryAfterOf({ headers }: Response): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** The members of a JSON object; none of anything else. */
export function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** Reads the members of a JSON object that are text; `null` for any other. */
export function textsOf(body: unknown): (name: string) => string | null {
  const members = membersOf(body);
  return (name) => (typeof members[name] === 'string' ? members[name] : null);
}
