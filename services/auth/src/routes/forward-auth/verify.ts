import { METHODS } from 'node:http';
import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { OnStale } from '@countersign/verifier';
import type { Judgement, JudgeRequest } from '@countersign/verifier/parts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { identityHeaders } from './identity-headers.ts';
import { ClientQuery, judgeRequirements, type Requirements, VerifyQuery } from './verify-query.ts';

export interface VerifyRouteOptions {
  /** Answers from memory. */
  readonly judgeRequest: JudgeRequest;
  /** What a token must be for if the query names no audience. */
  readonly audience: readonly string[];
  readonly onStale: OnStale;
}

type VerifyRequest = FastifyRequest<{ Querystring: Requirements }>;
type Done = (refusal: Error) => void;

/**
 * Envoy asks with the method of the request in question, so the server has to know them all; its other routes still answer them with 404 or
 * 405. Nobody may use TRACE, and CONNECT isn't for a path.
 */
const ANY_METHOD = METHODS.filter((method) => method !== 'TRACE' && method !== 'CONNECT');

/** `/verify`, `/verify/*`: a gateway asks whether to let a request through (docs/forward-auth.md). Our own gateway doesn't expose it. */
export async function verifyRoute(server: Server, { judgeRequest, audience: usual, onStale }: VerifyRouteOptions): Promise<void> {
  for (const method of ANY_METHOD.filter((name) => !server.supportedMethods.includes(name))) server.addHttpMethod(method);

  // A hook answers, before anything looks at the body, which is absent or not meant for us.
  const answerBy =
    (audienceOf: (query: Requirements) => readonly string[]) => (request: VerifyRequest, reply: FastifyReply, done: Done) => {
      const fault = findQueryFault(request);
      if (fault !== null) return done(fault);
      const { query } = request;
      const settle = (token: Judgement) => {
        if (reply.sent) return; // the time limit came first
        const judgement = token instanceof Problem ? token : (judgeRequirements(token.claims, query) ?? token);
        if (judgement instanceof Problem) done(tellCode(reply, judgement));
        else letThrough(request, reply, judgement.claims);
      };
      const judgement = judgeRequest(request, { onStale, audience: audienceOf(query), methodOf: judgedMethod });
      if (judgement instanceof Promise) judgement.then(settle).catch(done);
      else settle(judgement);
    };
  // CORS would answer a preflight without judging a token, and the gateway would let it through with the client's own X-Auth-*.
  const route = { method: ANY_METHOD, config: { cors: false } as const, handler: answeredAlready };
  server.route({
    ...route,
    url: '/verify',
    schema: { hide: true, querystring: VerifyQuery },
    onRequest: answerBy(({ audience }) => (audience === undefined ? usual : [audience])),
  });
  server.route({ ...route, url: '/verify/*', schema: { hide: true, querystring: ClientQuery }, onRequest: answerBy(() => usual) });
}

/** Hooks run before Fastify's own validation. */
function findQueryFault(request: FastifyRequest): Error | null {
  const validate = request.getValidationFunction('querystring');
  if (validate === undefined || validate(request.query)) return null;
  return Object.assign(new Error('the query is wrong'), { validation: validate.errors, validationContext: 'querystring' });
}

/** The method of the request in question; `unknown` is judged as unsafe. If two headers differ, one is the client's own: neither counts. */
function judgedMethod({ headers }: FastifyRequest): string {
  const [original, forwarded] = [headers['x-original-method'], headers['x-forwarded-method']];
  const told = original ?? forwarded;
  return typeof told === 'string' && told === (forwarded ?? told) ? told : 'unknown';
}

/** A yes never reaches a client, so it has no headers for browsers, which would cost Fastify and Node more than the rest of the answer. */
function letThrough(request: FastifyRequest, reply: FastifyReply, claims: AccessTokenClaims): void {
  const headers = { ...identityHeaders(claims), 'x-request-id': request.id };
  reply.hijack();
  if (wantsStatus200(request)) reply.raw.writeHead(200, { ...headers, 'content-length': 0 }).end();
  else reply.raw.writeHead(204, headers).end();
}

/** Envoy accepts nothing but 200 as a yes, and its configuration can say so in a header of its own. */
function wantsStatus200({ headers }: FastifyRequest): boolean {
  return headers['x-verify-status'] === '200';
}

/** A gateway that drops the body of a refusal (nginx) can still tell the client its code. */
function tellCode(reply: FastifyReply, problem: Problem): Problem {
  reply.header('x-problem-code', problem.code);
  return problem;
}

function answeredAlready(): never {
  throw new Error('the hook answers every request');
}
