import { PROBLEMS, Problem, type ProblemCode, problemDocument } from '@countersign/problems';
import type { ApiResponse, Example, Schema } from './document.ts';
import type { RouteProblem } from './route-problems.ts';

const MEDIA_TYPE = 'application/problem+json';
const CODES = Object.keys(PROBLEMS) as ProblemCode[];

export const PROBLEM_SCHEMA: Schema = {
  description: 'What went wrong (RFC 9457). Programs should use `code`, which is stable; `detail` is for people.',
  type: 'object',
  properties: {
    type: { type: 'string', description: 'The code as a URI.' },
    title: { type: 'string', description: 'A summary, the same for every problem with this code.' },
    status: { type: 'integer', description: 'The HTTP status of the response.' },
    detail: { type: 'string', description: 'What went wrong with this request, for people.' },
    code: { type: 'string', enum: CODES, description: 'A stable code for programs to check.' },
    request_id: { type: 'string', description: 'The id of this request in the logs.' },
    errors: {
      type: 'array',
      description: 'What is wrong with the body or the query, part by part.',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'The part at fault, e.g. `body/username`.' },
          message: { type: 'string', description: 'What is wrong with it.' },
        },
        required: ['path', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
};

export function problemResponses(problems: readonly RouteProblem[]): Record<string, ApiResponse> {
  const byStatus = Map.groupBy(problems, ({ status }) => status);
  const responses = [...byStatus].map(([status, those]) => [String(status), problemResponse(status, those)] as const);
  return { ...Object.fromEntries(responses), default: OTHER_PROBLEM };
}

/** The examples that {@link problemResponses} refers to, by name. */
export function problemExamples(problems: readonly RouteProblem[]): Record<string, Example> {
  return Object.fromEntries(
    problems.map(({ code, status }) => [
      exampleName({ code, status }),
      { summary: PROBLEMS[code].title, value: problemDocument(new Problem(code, { status, ...detailOf(code) }), REQUEST_ID) },
    ]),
  );
}

const REQUEST_ID = '4f5c3a0e-9d0b-4c7e-8a52-6b1f0d2e7c11';

function detailOf(code: ProblemCode) {
  if (code !== 'validation_failed') return {};
  const fault = { path: 'body/color', message: 'is unknown' };
  return { detail: `${fault.path} ${fault.message}.`, errors: [fault] };
}

/** For what can happen to any request: bytes that aren't quite HTTP, a fault of ours. */
const OTHER_PROBLEM: ApiResponse = {
  description: 'Any other error has this form too.',
  content: { [MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

function problemResponse(status: number, problems: readonly RouteProblem[]): ApiResponse {
  const examples = problems.map((problem) => [problem.code, { $ref: `#/components/examples/${exampleName(problem)}` }]);
  return {
    description: problems.map(({ code }) => `\`${code}\`: ${PROBLEMS[code].title}`).join('\n\n'),
    ...headersOf(status, problems),
    content: { [MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' }, examples: Object.fromEntries(examples) } },
  };
}

function headersOf(status: number, problems: readonly RouteProblem[]): Pick<ApiResponse, 'headers'> {
  const challenged = status === 401 || problems.some(({ code }) => code === 'insufficient_scope' || code === 'insufficient_role');
  if (challenged) return { headers: { 'WWW-Authenticate': { description: 'The challenge (RFC 6750).', schema: { type: 'string' } } } };
  if (status === 429 || status === 503)
    return { headers: { 'Retry-After': { description: 'Seconds to wait before retrying.', schema: { type: 'string' } } } };
  return {};
}

function exampleName({ code, status }: RouteProblem): string {
  return status === PROBLEMS[code].status ? code : `${code}_${status}`;
}
