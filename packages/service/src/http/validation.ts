import { Ajv, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const strict: Options = {
  allErrors: true,
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: true,
  discriminator: true,
  allowUnionTypes: true,
  // Errors then include the violated schemas, whose descriptions say more than a regular expression.
  verbose: true,
};

/** Unknown properties are refused, not dropped. `"1"` is converted to 1 only in the query and the path, where everything is text. */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const ajv = addFormats.default(new Ajv(strict));
  return ({ schema, httpPart }) => {
    const validate = ajv.compile(schema);
    return httpPart === 'querystring' || httpPart === 'params' ? readTexts(schema, validate) : validate;
  };
}

/** Ajv's own coercion would accept `0x10`, `1e1` and ` 5` as numbers. This takes only what we would write ourselves. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  integer: (text) => (/^(?:0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : text),
  boolean: (text) => text === 'true' || (text === 'false' ? false : text),
};

function readTexts({ properties = {} }: TextSchema, validate: ValidateFunction): Validator {
  const readers = Object.entries(properties).flatMap(([name, { type = '' }]) => {
    const read = READERS[type];
    return read === undefined ? [] : [{ name, read }];
  });
  if (readers.length === 0) return validate;
  const validateTexts: Validator = (data) => {
    for (const { name, read } of readers) if (typeof data[name] === 'string') data[name] = read(data[name]);
    const isValid = validate(data);
    validateTexts.errors = validate.errors ?? null;
    return isValid;
  };
  return validateTexts;
}

type Validator = ReturnType<FastifySchemaCompiler<object>>;

interface TextSchema {
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
}
