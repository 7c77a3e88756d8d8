import { Problem, type ProblemCode, problemDocument, problemHeaders, type SchemaFault } from '@countersign/problems';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';

/** Makes every error of a service a problem document (RFC 9457) from the one table. */
export const problemHandlers = fastifyPlugin(async (server) => {
  server.setErrorHandler((error: FastifyError, request, reply) => sendProblem(request, reply, toProblem(error)));
  server.setNotFoundHandler((request, reply) => sendProblem(request, reply, new Problem('not_found')));
});

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.statusCode >= 500) request.log.error({ err: problem }, problem.message);
  else request.log.info({ code: problem.code, detail: problem.detail }, 'refused');
  return reply
    .code(problem.statusCode)
    .headers(problemHeaders(problem))
    .type('application/problem+json')
    .send(JSON.stringify(problemDocument(problem, request.id)));
}

/** What Fastify's own error codes mean in our table; the rest of its 4xx are faults of the request's form. */
const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_HANDLER_TIMEOUT: 'unavailable',
};

function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error.validation)
    return new Problem('validation_failed', {
      detail: 'See errors.',
      errors: error.validation.map((fault) => schemaFault(fault, error.validationContext)),
    });
  const code = FASTIFY_CODES[error.code];
  if (code !== undefined) return new Problem(code, { cause: error });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new Problem('validation_failed', { detail: error.message, cause: error });
  return new Problem('internal', { cause: error });
}

function schemaFault(fault: NonNullable<FastifyError['validation']>[number], context: string | undefined): SchemaFault {
  const unknown = fault.keyword === 'additionalProperties' ? ` ${String(fault.params.additionalProperty)}` : '';
  return { path: `${context ?? ''}${fault.instancePath}`, message: `${fault.message ?? 'is wrong'}${unknown}` };
}
