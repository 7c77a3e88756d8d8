import { Problem } from '@countersign/problems';
import type { FastifyRequest } from 'fastify';
import { andThen } from './and-then.ts';
import { judgeCookieUse } from './cookie-use.ts';
import type { Judge, Judgement, OnStale } from './judge.ts';
import { findPresentedToken } from './presented-token.ts';

export interface JudgeRequestOptions {
  readonly onStale: OnStale;
  /** The method that a cookie is judged by, where a gateway asks for somebody else; without it the request's own. */
  readonly method?: string;
  /** A token must be for one of these too. */
  readonly audience?: readonly string[];
}

/** Judges the token that a request carries, and whether it may carry it so. */
export type JudgeRequest = (request: FastifyRequest, options: JudgeRequestOptions) => Judgement | Promise<Judgement>;

/** @param corsOrigins - origins of pages on the same site that may send the cookie */
export function createRequestJudge(judge: Judge, corsOrigins: readonly string[]): JudgeRequest {
  return (request, { onStale, method = request.method, audience }) => {
    const presented = findPresentedToken(request.raw);
    if (presented instanceof Problem) return presented;
    const judgement = judge(presented.token, onStale, audience);
    if (presented.from === 'header') return judgement;
    return andThen(judgement, (token) =>
      token instanceof Problem ? token : (judgeCookieUse(token.claims, method, request.headers, corsOrigins) ?? token),
    );
  };
}
