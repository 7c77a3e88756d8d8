/** A refusal as its answer describes it (RFC 9457). A member that the answer lacks is `null`. */
export interface ReceivedProblem {
  readonly code: string | null;
  /** A sentence for people. */
  readonly detail: string | null;
  /** Finds the request in the service's log. */
  readonly requestId: string | null;
  /** `Retry-After` in seconds; `null` also where it is a date. */
  readonly retryAfterSeconds: number | null;
  /** What is wrong with the request, part by part; empty for other refusals. */
  readonly errors: readonly ToldFault[];
}

export interface ToldFault {
  /** Part of the request and member in it: `body/username`, `querystring/after`. */
  readonly path: string;
  readonly message: string;
}

/** Reads what a refusal says. Consumes the body, and never throws: of a body that isn't JSON all members are `null`. */
export async function readProblem(response: Response): Promise<ReceivedProblem> {
  const body: unknown = await response.json().catch(() => null);
  const text = textsOf(body);
  return {
    code: text('code'),
    detail: text('detail'),
    requestId: requestIdOf(response, body),
    retryAfterSeconds: retryAfterOf(response),
    errors: faultsOf(membersOf(body).errors),
  };
}

function faultsOf(errors: unknown): readonly ToldFault[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error) => {
    const text = textsOf(error);
    const [path, message] = [text('path'), text('message')];
    return path === null || message === null ? [] : [{ path, message }];
  });
}

/** The id by which the service's log knows the request. An error of RFC 6749 has no member for it, but each answer a header. */
export function requestIdOf({ headers }: Response, body: unknown): string | null {
  return textsOf(body)('request_id') ?? headers.get('x-request-id');
}

/** `Retry-After` (RFC 9110, section 10.2.3) in seconds; `null` for a date, or none. */
export function retryAfterOf({ headers }: Response): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** The members of a JSON object; none for anything else. */
export function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** Reads the members of a JSON object that are text; `null` for any other. */
export function textsOf(body: unknown): (name: string) => string | null {
  const members = membersOf(body);
  return (name) => (typeof members[name] === 'string' ? members[name] : null);
}
