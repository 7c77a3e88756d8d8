import { type Problem, problemDocument, problemHeaders } from '@countersign/problems';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends the problem document itself, so that it looks the same in any app, whatever its error handler does. */
export function refuse(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.statusCode >= 500) request.log.warn({ err: problem }, problem.message);
  else request.log.info({ code: problem.code, detail: problem.detail }, 'refused');
  return reply
    .code(problem.statusCode)
    .headers(headersOf(problem, resourceMetadataOf(request)))
    .type('application/problem+json')
    .serializer(JSON.stringify) // Fastify's own adds a charset to the media type, which JSON doesn't have
    .send(problemDocument(problem, request.id));
}

/** An error handler may stand around the scope that has the verifier. */
function resourceMetadataOf({ server }: FastifyRequest): string | null {
  return server.hasDecorator('verifier') ? server.verifier.resourceMetadata : null;
}

function headersOf(problem: Problem, resourceMetadata: string | null): Record<string, string> {
  const headers = problemHeaders(problem);
  const challenge = headers['www-authenticate'];
  if (challenge === undefined || resourceMetadata === null) return headers;
  return { ...headers, 'www-authenticate': `${challenge}, resource_metadata="${resourceMetadata}"` };
}
