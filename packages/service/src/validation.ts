import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const strict: Options = {
  allErrors: true,
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: true,
  discriminator: true,
  allowUnionTypes: true,
  // With its errors come the schemas that they broke, whose descriptions say it better than a regular expression.
  verbose: true,
};

/**
 * Unknown properties are refused, not dropped, and `"1"` is not 1; only in the query and the path, where everything
 * is text, is text turned into the type that the schema asks for.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const bodies = formatted(new Ajv(strict));
  const texts = formatted(new Ajv({ ...strict, coerceTypes: true }));
  return ({ schema, httpPart }) => (httpPart === 'querystring' || httpPart === 'params' ? texts : bodies).compile(schema);
}

function formatted(ajv: Ajv): Ajv {
  return addFormats.default(ajv);
}
