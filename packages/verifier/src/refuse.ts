import { type Problem, problemDocument, problemHeaders } from '@countersign/problems';
import type { FastifyReply, FastifyRequest, RawServerBase, RouteGenericInterface } from 'fastify';

/** A request of any app, one that speaks HTTP/2 included. */
export type AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>;
export type AnyReply = FastifyReply<RouteGenericInterface, RawServerBase>;

/**
 * Answers with a problem: its document (RFC 9457), its status and headers, and, on an app with the verifier, the `resource_metadata` of the
 * challenge (RFC 9728, section 5.1). Sends it past the app's error handler, so that it looks the same in any app, and logs a refusal as
 * info, a 5xx as a warning.
 */
export function refuse(request: AnyRequest, reply: AnyReply, problem: Problem): AnyReply {
  if (problem.statusCode >= 500) request.log.warn({ err: problem }, problem.message);
  else request.log.info({ code: problem.code, detail: problem.detail }, 'refused');
  return reply
    .code(problem.statusCode)
    .headers(headersOf(problem, resourceMetadataOf(request)))
    .type('application/problem+json')
    .serializer(JSON.stringify) // Fastify's own adds a charset to the media type, which JSON doesn't have
    .send(problemDocument(problem, request.id));
}

/** An error handler outside the verifier's scope may call `refuse` as well. */
function resourceMetadataOf({ server }: AnyRequest): string | null {
  return server.hasDecorator('verifier') ? server.verifier.resourceMetadata : null;
}

function headersOf(problem: Problem, resourceMetadata: string | null): Record<string, string> {
  const headers = problemHeaders(problem);
  const challenge = headers['www-authenticate'];
  if (challenge === undefined || resourceMetadata === null) return headers;
  return { ...headers, 'www-authenticate': `${challenge}, resource_metadata="${resourceMetadata}"` };
}
