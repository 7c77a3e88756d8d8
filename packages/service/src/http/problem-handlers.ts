import { Problem, type ProblemDocument, problemDocument, problemHeaders } from '@countersign/problems';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { innermostMessage } from '../log.ts';
import { collectRoutes } from './allowed-methods.ts';
import type { Server } from './server.ts';
import { toProblem } from './to-problem.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers 404, or 405 with the methods that the path has. */
    answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply;
  }
}

/** Turns every error of a service into a problem document (RFC 9457). Call it before the first route. */
export function answerWithProblems(server: Server): void {
  const findOffer = collectRoutes(server);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.code === 'unsupported_media_type') reply.headers({ ...findOffer(request.url) });
    return sendProblem(request, reply, problem);
  });
  const answerNotFound = (request: FastifyRequest, reply: FastifyReply) => {
    const offer = findOffer(request.url);
    if (offer === null) return sendProblem(request, reply, new Problem('not_found'));
    if (request.method === 'OPTIONS') return reply.code(204).headers(offer).send();
    return sendProblem(request, reply, new Problem('method_not_allowed', { headers: offer }));
  };
  server.setNotFoundHandler(answerNotFound);
  server.decorate('answerNotFound', answerNotFound);
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  logProblem(request, problem);
  // Fastify would close the connection while the client is still sending, which would then see a reset instead of the answer. On a
  // connection left open, the rest is read and discarded for as long as a request may take.
  if (problem.code === 'payload_too_large') reply.removeHeader('connection');
  return sendProblemDocument(reply, problem, problemDocument(problem, request.id));
}

/** Logs why a request failed: a failure of ours in words, whatever library it comes from, a refusal by its code. */
export function logProblem({ log }: FastifyRequest, problem: Problem): void {
  const { code, detail, cause } = problem;
  const level = code === 'revocation_unavailable' ? 'warn' : 'error'; // as the verifier logs it
  if (problem.statusCode >= 500) log[level]({ err: problem }, messageForLog(problem));
  else log.info({ code, detail, ...(cause !== undefined && { err: cause }) }, 'refused');
}

function messageForLog(problem: Problem): string {
  const message = innermostMessage(problem);
  return message === problem.message ? message : `${problem.message} ${message}`;
}

/** The serializer keeps the media type as RFC 9457 registers it; Fastify's own would add a charset, which JSON doesn't have. */
export function sendProblemDocument(reply: FastifyReply, problem: Problem, document: ProblemDocument): FastifyReply {
  return reply
    .code(problem.statusCode)
    .headers({ ...problemHeaders(problem), 'x-request-id': document.request_id })
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(document);
}
