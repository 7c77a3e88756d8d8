import { Problem, type ProblemCode, type SchemaFault } from '@countersign/problems';
import type { FastifyError } from 'fastify';
import { isDataException, isUnavailable } from '../unavailable.ts';

/** Fastify's refusals as problems. Its messages are neither sent nor logged: they quote what couldn't be read, such as a whole URL. */
const FASTIFY_CODES: Readonly<Record<string, readonly [ProblemCode, string?]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['validation_failed', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['validation_failed', 'The body is not JSON.'],
  FST_ERR_BAD_URL: ['validation_failed', 'The URL has a % that is not followed by two hexadecimal digits of UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found'],
};

/** The most faults that one answer lists. */
const MOST_FAULTS = 20;
const LONGEST_NAME = 100;

type SchemaError = NonNullable<FastifyError['validation']>[number] & { readonly parentSchema?: { readonly description?: string } };

/** Turns an error of Fastify, a store or our own code into a problem: `internal` when nobody foresaw it. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) {
    const errors = error.validation.slice(0, MOST_FAULTS).map((fault) => schemaFault(fault, error.validationContext));
    return new Problem('validation_failed', { detail: summary(errors), errors });
  }
  const [code, detail] = FASTIFY_CODES[error.code] ?? [];
  if (code !== undefined) return new Problem(code, { ...(detail !== undefined && { detail }) });
  if (isUnavailable(error)) return new Problem('unavailable', { cause: error });
  if (isDataException(error)) return new Problem('validation_failed', { detail: 'A value in the request cannot be stored.', cause: error });
  if (error.statusCode === 429) return new Problem('rate_limited', { cause: error });
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new Problem('validation_failed', { cause: error });
  return new Problem('internal', { cause: error });
}

function summary([first, ...others]: readonly SchemaFault[]): string {
  if (first === undefined) return 'See errors.';
  return `${first.path} ${first.message}${others.length === 0 ? '.' : `; and ${others.length} more, see errors.`}`;
}

function schemaFault(fault: SchemaError, context = ''): SchemaFault {
  const { path, message } = memberFault(fault) ?? { path: '', message: describedPattern(fault) ?? spelledOut(fault) };
  return { path: `${context}${fault.instancePath}${path}`, message };
}

/** Ajv blames the whole object for a missing or unknown member. The answer names the member, so that a form can point to it. */
function memberFault({ keyword, params }: SchemaError): SchemaFault | null {
  if (keyword === 'required') return { path: toPointer(params.missingProperty), message: 'is missing' };
  if (keyword === 'additionalProperties') return { path: toPointer(params.additionalProperty), message: 'is unknown' };
  return null;
}

/** A member as a JSON pointer (RFC 6901, section 3), cut off when its name is long. */
function toPointer(name: unknown): string {
  return `/${String(name).slice(0, LONGEST_NAME).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A regular expression says little to people, who get the schema's description instead where there is one. */
function describedPattern({ keyword, parentSchema }: SchemaError): string | null {
  const description = keyword === 'pattern' ? parentSchema?.description : undefined;
  return description === undefined ? null : `must be: ${description}`;
}

/** Ajv's message doesn't list the allowed values. */
function spelledOut({ keyword, params, message = 'is wrong' }: SchemaError): string {
  return keyword === 'enum' && Array.isArray(params.allowedValues) ? `${message}: ${params.allowedValues.join(', ')}` : message;
}
