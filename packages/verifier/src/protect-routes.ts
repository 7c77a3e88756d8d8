import { Problem } from '@countersign/problems';
import { SAFE_METHODS } from '@countersign/tokens';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { refuse } from './refuse.ts';
import type { Judgement } from './token/judge.ts';

export type JudgeForRoute = (request: FastifyRequest, config: FastifyContextConfig) => Judgement | Promise<Judgement>;

/** Every route that this scope gets from now on needs a good token, unless its config says `public: true`. */
export function protectRoutes(server: FastifyInstance, judge: JudgeForRoute): void {
  const protect: onRequestHookHandler = (request, reply, done) => {
    const { url, config } = request.routeOptions; // built anew at each access
    const hasNoRoute = url === undefined;
    if (hasNoRoute || config.public === true) return done();
    const judgement = judge(request, config);
    if (judgement instanceof Promise) judgement.then((later) => settle(request, reply, later, done)).catch(done);
    else settle(request, reply, judgement, done);
  };
  // A body may take seconds to come, so a change is judged again after it: a token revoked meanwhile changes nothing. Routes that only read
  // are judged once.
  const protectAgain: onRequestHookHandler = function (request, reply, done) {
    if (SAFE_METHODS.includes(request.method)) return done();
    const { user } = request; // hooks of the app may have added to it
    protect.call(this, request, reply, (error) => {
      request.user = user;
      done(error);
    });
  };
  server.addHook('onRequest', protect);
  server.addHook('onRoute', (route) => {
    const changes = [route.method].flat().some((method) => !SAFE_METHODS.includes(method));
    if (changes) route.preValidation = [protectAgain, route.preValidation ?? []].flat();
  });
}

function settle(request: FastifyRequest, reply: FastifyReply, judgement: Judgement, done: () => void): void {
  if (judgement instanceof Problem) {
    refuse(request, reply, judgement);
  } else {
    request.user = judgement.claims;
    done();
  }
}
