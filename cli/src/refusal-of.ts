import { readProblem } from '@countersign/client';
import { Refusal, Unanswered } from './failures.ts';

/** Why auth refused, in its own words, with the request's id in its log. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const { code, detail, requestId, errors } = await readProblem(response);
  const Kind = response.status < 500 ? Refusal : Unanswered;
  if (code === null || detail === null || requestId === null)
    return new Kind(`${new URL(response.url).origin} answered ${response.status}, but not as auth does.`);
  const others = errors
    .filter(({ message }) => errors.length > 1 || !detail.includes(message))
    .map(({ path, message }) => `\n  ${path} ${message}`);
  return new Kind(`${detail} (request ${requestId})${others.join('')}`);
}
