import { Problem } from '@countersign/problems';
import type { FastifyRequest } from 'fastify';
import { andThen } from '../and-then.ts';
import type { Judge, Judgement, OnStale } from '../token/judge.ts';
import { judgeCookieUse } from './cookie-use.ts';
import { findPresentedToken } from './presented-token.ts';

export interface JudgeRequestOptions {
  readonly onStale: OnStale;
  /** Gives the method by which a cookie is judged, where a gateway asks on behalf of a client; the request's own when left out. */
  readonly methodOf?: (request: FastifyRequest) => string;
  /** The token must be for one of these as well, besides the audiences of the rules. */
  readonly audience?: readonly string[];
}

export type JudgeRequest = (request: FastifyRequest, options: JudgeRequestOptions) => Judgement | Promise<Judgement>;

/**
 * Makes the function that finds a request's token in the header or the cookie, judges it, and holds a cookie to the CSRF rules. It neither
 * throws nor rejects.
 *
 * @param corsOrigins - origins of pages on the same site that may send the cookie
 */
export function createRequestJudge(judge: Judge, corsOrigins: readonly string[]): JudgeRequest {
  const judgeCarried: JudgeRequest = (request, { onStale, methodOf = ownMethod, audience }) => {
    const presented = findPresentedToken(request.raw);
    if (presented instanceof Problem) return presented;
    const { from, text } = presented;
    if (from === 'header') return judge.authorization(text, onStale, audience);
    return andThen(judge(text, onStale, audience), (token) => {
      if (token instanceof Problem) return token;
      return judgeCookieUse(token.claims, methodOf(request), request.headers, corsOrigins) ?? token;
    });
  };
  return (request, options) => {
    try {
      const judgement = judgeCarried(request, options);
      return judgement instanceof Promise ? judgement.catch(toProblem) : judgement;
    } catch (cause) {
      return toProblem(cause);
    }
  };
}

/** Only a key source or a view that is not ours can fail, and then nothing is known. */
function toProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem('unavailable', { cause });
}

function ownMethod({ method }: FastifyRequest): string {
  return method;
}
