import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { OAuthError } from '../domain/oauth-error.ts';

/** Answers every error of its scope as RFC 6749, section 5.2 asks: `{error, error_description}`, never stored. */
export function sendOAuthErrors(server: Server): void {
  server.setErrorHandler((error: FastifyError | OAuthError, request, reply) => send(request, reply, error));
}

function send(request: FastifyRequest, reply: FastifyReply, error: FastifyError | OAuthError): FastifyReply {
  const refusal = toOAuthError(error);
  const status = statusOf(error, refusal);
  if (status >= 500) request.log.error({ err: error }, error.message);
  else request.log.info({ error: refusal.code, detail: refusal.message }, 'refused');
  reply.code(status).headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
  if (error instanceof Problem) reply.headers(error.headers);
  if (status === 401) reply.header('www-authenticate', 'Basic realm="countersign", charset="UTF-8"');
  if (status === 503 || status === 429) reply.header('retry-after', '1');
  return reply.type('application/json').send({ error: refusal.code, error_description: refusal.message });
}

/** A media type or a length that is refused keeps HTTP's own status. */
function statusOf(error: FastifyError | OAuthError, refusal: OAuthError): number {
  const keeps = [413, 415, 429].includes(error.statusCode ?? 0);
  return keeps ? (error.statusCode as number) : refusal.statusCode;
}

function toOAuthError(error: FastifyError | OAuthError): OAuthError {
  if (error instanceof OAuthError) return error;
  const status = error.statusCode ?? 500;
  if (status === 415) return new OAuthError('invalid_request', 'The body must be application/x-www-form-urlencoded.');
  if (status === 413) return new OAuthError('invalid_request', 'The body is too large.');
  if (status === 429) return new OAuthError('temporarily_unavailable', 'Too many attempts.');
  if (status === 503) return new OAuthError('temporarily_unavailable', 'The service cannot answer at the moment.');
  if (error.validation) return new OAuthError('invalid_request', 'A parameter is missing or has the wrong form.');
  if (status >= 400 && status < 500) return new OAuthError('invalid_request', 'The request is not well-formed.');
  return new OAuthError('server_error', 'Something went wrong on our side.');
}
