import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Refusal, Unanswered } from './failures.ts';

const ProblemAnswer = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  request_id: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
});

/** A problem document (RFC 9457), or `null` when the answer holds none. */
export async function readProblem(response: Response): Promise<Type.Static<typeof ProblemAnswer> | null> {
  const body: unknown = await response.json().catch(() => null);
  return Value.Check(ProblemAnswer, body) ? body : null;
}

/** Why auth refused, in its own words, and the id of the request in its log. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const problem = await readProblem(response);
  const Kind = response.status < 500 ? Refusal : Unanswered;
  if (problem === null) return new Kind(`${new URL(response.url).origin} answered ${response.status}, but not as auth does.`);
  const { detail, request_id: requestId, errors = [] } = problem;
  const others = errors
    .map(({ path, message }) => `\n  ${path} ${message}`)
    .filter((line) => errors.length > 1 || !detail.includes(line.trim()));
  return new Kind(`${detail} (request ${requestId})${others.join('')}`);
}
