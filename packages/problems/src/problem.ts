import { bearerChallenge } from './bearer-challenge.ts';
import { PROBLEMS, type ProblemCode } from './table.ts';

/** What is wrong with one part of a request. `path` names the part and the member in it: `body/username`, `querystring/after`. */
export interface SchemaFault {
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** What the client may know about this occurrence. Shown only below 500. */
  readonly detail?: string;
  /** The status, only where one code has two: a wrong password is 401 at `/login`, 403 for a caller who is signed in. */
  readonly status?: number;
  readonly errors?: readonly SchemaFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further parameters of the challenge in `WWW-Authenticate`, such as the required `scope`. */
  readonly challenge?: Readonly<Record<string, string | number>>;
  /** The underlying error; for the log only. */
  readonly cause?: unknown;
}

/**
 * An error that a client may see, with a code of {@link PROBLEMS}. Only a 500 captures a stack. Every other problem is an answer, not a
 * fault: a stack would cost ten times as much as the rest, and fill the log while every request gets a 503.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly statusCode: number;
  readonly detail: string | undefined;
  readonly errors: readonly SchemaFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly challenge: Readonly<Record<string, string | number>>;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const statusCode = options.status ?? PROBLEMS[code].status;
    const { stackTraceLimit } = Error;
    if (statusCode !== PROBLEMS.internal.status) Error.stackTraceLimit = 0;
    super(options.detail ?? PROBLEMS[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.statusCode = statusCode;
    this.detail = options.detail;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.challenge = options.challenge ?? {};
  }
}

/** The body of an error answer: `application/problem+json` (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly request_id: string;
  readonly errors?: readonly SchemaFault[];
}

/** The body of a problem's answer. From status 500 on, `detail` is only the code's title. */
export function problemDocument(problem: Problem, requestId: string): ProblemDocument {
  const { title } = PROBLEMS[problem.code];
  return {
    type: `urn:countersign:problem:${problem.code}`,
    title,
    status: problem.statusCode,
    detail: problem.statusCode < 500 ? (problem.detail ?? title) : title,
    code: problem.code,
    request_id: requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

/**
 * The headers of a problem's answer: `Cache-Control: no-store`, `Retry-After` of 1 s on 429 and 503, the challenge where one belongs, and
 * the problem's own, which take precedence.
 */
export function problemHeaders(problem: Problem): Record<string, string> {
  const challenge = bearerChallenge(problem);
  const mayRetry = problem.statusCode === 429 || problem.statusCode === 503;
  return {
    'cache-control': 'no-store',
    ...(mayRetry ? { 'retry-after': '1' } : {}),
    ...(challenge === null ? {} : { 'www-authenticate': challenge }),
    ...problem.headers,
  };
}
