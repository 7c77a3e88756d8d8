import { Socket } from 'node:net';
import { Problem } from '@countersign/problems';
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import { toProblem } from './to-problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Replaces the server's limit for this route's answer. */
    answerWithinMs?: number;
  }
}

/** Keeps the connection open longer than a route's own limit, so that the caller gets the 503. */
const FOR_REFUSAL_MS = 1000;

/**
 * Answers 503 when a handler doesn't answer within `limitMs` of the request's headers. Fastify's `handlerTimeout` does that only for
 * requests without a body, because its timer ends with the request's `close` event, which Node emits as soon as the body has been read. It
 * also aborts a controller after every answer, at a sixth of the CPU of a short one (seen with Fastify 5.12.8 and Node 24).
 */
export function limitHandlers(server: Pick<FastifyInstance<RawServerDefault>, 'addHook'>, limitMs: number): void {
  server.addHook('onRequest', (request, reply, done) => {
    const { answerWithinMs } = request.routeOptions.config;
    // The server ends a connection that has been silent for long, as this one is until its answer. Node resets this time-out for the next
    // request. With `inject` there is no connection.
    const { socket } = request.raw;
    if (answerWithinMs !== undefined && socket instanceof Socket) socket.setTimeout(answerWithinMs + FOR_REFUSAL_MS);
    const timer = setTimeout(giveUp, answerWithinMs ?? limitMs, request, reply);
    reply.raw.once('close', () => clearTimeout(timer));
    done();
  });
}

const givenUp = new WeakSet<FastifyRequest>();

/** Whether the request got 503 because its handler took too long. What hasn't been done by then should not be done any more. */
export function isGivenUp(request: FastifyRequest): boolean {
  return givenUp.has(request);
}

function giveUp(request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  givenUp.add(request);
  const { raw } = request;
  if (reply.raw.headersSent) reply.raw.destroy();
  else
    refuse(
      reply,
      raw.complete === false ? tooSlow() : new Problem('unavailable', { cause: new Error('the handler did not answer within the limit') }),
    );
}

/** Drops what the handler answers later: Fastify would log it as the fault of a handler that answers twice. */
function refuse(reply: FastifyReply, problem: Problem): void {
  reply.send(problem);
  reply.log = withoutRefusals(reply.log);
  reply.raw.once('finish', () => {
    reply.send = () => reply;
  });
}

/** Fastify would also log what the handler throws later. Only an unforeseen error is worth a line: the 503 has one already. */
function withoutRefusals(log: FastifyBaseLogger): FastifyBaseLogger {
  const error = (fields: { readonly err: FastifyError }, message: string) => {
    if (toProblem(fields.err).code === 'internal') log.error(fields, message);
  };
  return Object.assign(Object.create(log) as FastifyBaseLogger, { error });
}

/** The limit includes the arrival of the body: when a slow sender has used it up, the fault isn't ours, and 503 would be wrong. */
function tooSlow(): Problem {
  return new Problem('validation_failed', {
    status: 408,
    detail: 'The request did not arrive in time.',
    headers: { connection: 'close' },
  });
}
