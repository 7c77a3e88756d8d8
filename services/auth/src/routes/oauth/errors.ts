import { PROBLEMS, type Problem, quotable } from '@countersign/problems';
import { logProblem, type Server, toProblem } from '@countersign/service';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { OAuthError, type OAuthErrorCode } from '../../domain/oauth-error.ts';

/** Answers every error of its scope as RFC 6749, section 5.2 asks: `{error, error_description}`, never stored. */
export function sendOAuthErrors(server: Server): void {
  server.setErrorHandler((error: FastifyError | OAuthError, request, reply) =>
    error instanceof OAuthError ? sendRefusal(request, reply, error) : sendProblem(request, reply, toProblem(error)),
  );
}

function sendRefusal(request: FastifyRequest, reply: FastifyReply, { code, message, statusCode }: OAuthError): FastifyReply {
  request.log.info({ error: code, detail: message }, 'refused');
  if (statusCode === 401) reply.header('www-authenticate', 'Basic realm="countersign", charset="UTF-8"');
  return send(reply, statusCode, code, message);
}

/** Errors that aren't OAuth's own keep their HTTP status and get the nearest OAuth code. */
function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { statusCode: status } = problem;
  logProblem(request, problem);
  // As in packages/service: a closed connection would reach the sender before the answer does.
  if (status === 413) reply.removeHeader('connection');
  if (status === 429 || status === 503) reply.header('retry-after', '1');
  reply.headers(problem.headers);
  return send(reply, status, nearest(status), sentence(problem));
}

function nearest(status: number): OAuthErrorCode {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

function sentence({ code, statusCode, detail, message }: Problem): string {
  if (code === 'unsupported_media_type') return detail ?? 'The body must be application/x-www-form-urlencoded.';
  if (statusCode === 503) return PROBLEMS.unavailable.title;
  return statusCode >= 500 ? PROBLEMS.internal.title : (detail ?? message);
}

function send(reply: FastifyReply, status: number, error: OAuthErrorCode, description: string): FastifyReply {
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    .type('application/json')
    .send({ error, error_description: quotable(description) });
}
