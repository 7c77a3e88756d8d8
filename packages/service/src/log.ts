import type { FastifyLoggerOptions } from 'fastify';
import { withCauses } from './causes.ts';
import { isUnavailable } from './unavailable.ts';

export interface LogStream {
  write(line: string): void;
}

/** Members under which a secret might be logged by mistake, at the top level of a line and one level below. */
const SECRETS = new Set([
  'password',
  'password_hash',
  'current_password',
  'new_password',
  'token',
  'access_token',
  'refresh_token',
  'reset_token',
  'subject_token',
  'actor_token',
  'client_secret',
  'client_assertion',
  'authorization',
  'cookie',
  'set-cookie',
]);

/** JSON lines with UTC times. Of requests and errors only chosen fields are logged; the filter for secrets is a second line of defence. */
export function logOptions(level: string, stream: LogStream | undefined) {
  return {
    level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }), log: (fields: object) => withoutSecrets(fields) },
    serializers: {
      req: (request: { method: string; url: string }) => ({ method: request.method, path: loggablePath(request.url) }),
      res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
      err: loggableError,
    },
    ...(stream && { stream }),
  } satisfies FastifyLoggerOptions & Record<string, unknown>;
}

/**
 * pino's own `redact` would do this, but given a path that begins with `*` it takes every value apart, the id of each request included,
 * whether or not a line is logged: a quarter of the CPU of a short request (pino 10.4.0).
 */
function withoutSecrets(fields: object, levelsBelow = 1): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => {
    if (SECRETS.has(name)) return [name, '[redacted]'];
    return [name, levelsBelow > 0 && isPlainObject(value) ? withoutSecrets(value, levelsBelow - 1) : value];
  });
  return Object.fromEntries(entries);
}

/** Errors and requests have serializers of their own. */
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The path without the query and without any token in it. */
export function loggablePath(url: string): string {
  return withoutTokens(url.split('?', 1)[0] ?? '').slice(0, 200);
}

/** Ids, never a name, of the caller whose token a verifier has found valid. */
export function loggableCaller(request: object): { readonly sub?: string; readonly client_id?: string } {
  if (!('user' in request) || typeof request.user !== 'object' || request.user === null) return {};
  const { sub, client_id } = request.user as { readonly sub?: unknown; readonly client_id?: unknown };
  return { ...(typeof sub === 'string' && { sub }), ...(typeof client_id === 'string' && { client_id }) };
}

/** A type, not an interface: Fastify requires one that may have any other property. */
export type LoggableError = {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  readonly cause?: LoggableError;
};

/** The message of the first cause: a library may have wrapped it several times. */
export function innermostMessage(error: unknown): string {
  return loggableError(withCauses(error).at(-1) ?? error).message;
}

const DEEPEST_CAUSE = 5;

/**
 * An error for the log. drizzle puts a statement's parameters, including password hashes, into message and properties, so they are left
 * out. So is the stack while something is down: it tells nothing, and every request would fill the log with one.
 */
export function loggableError(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutTokens(String(error)), stack: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const stack = isUnavailable(error) ? [] : (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    type: error.name,
    message: withoutTokens(error.message.replace(/\nparams: [\s\S]*$/, '')),
    stack: stack.join('\n'),
    ...(code !== undefined && { code }),
    ...(error.cause !== undefined && depth < DEEPEST_CAUSE && { cause: loggableError(error.cause, depth + 1) }),
  };
}

/**
 * Anything of the form of an access token (JWT), a secret of our own making (`cs_rt_…`, `cs_cs_…`, `cs_pr_…`) or a password hash. The
 * dots of a JWT are optional: a pattern that requires them would take quadratic time on a text with many beginnings of a JWT.
 */
const TOKENS = /eyJ[\w-]+(?:\.[\w-]*){0,2}|cs_[a-z]{2}_\w+|\$(?:argon2|2[abxy]?\$)[^\s"]*|(?:pbkdf2|scrypt):\S+/g;

function withoutTokens(text: string): string {
  return text.replace(TOKENS, '[removed]');
}
