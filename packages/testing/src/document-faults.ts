import { Validator } from '@seriousme/openapi-schema-validator';
import { createSchemaJudge, toPointer } from './document-schemas.ts';

/** What an example has where the schema offers nothing to make one from. */
const NO_EXAMPLE = '…';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly example?: unknown }[];
}

/** The faults of an OpenAPI document: by the standard's own schema, by our rules for readers, and in its examples. */
export async function documentFaults(document: object): Promise<string[]> {
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  return [
    ...(valid ? [] : [JSON.stringify(errors)]),
    ...operationFaults(document),
    ...patternFaults(document, ''),
    ...exampleFaults(document),
  ];
}

function operationFaults(document: object): string[] {
  const { paths } = document as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { summary, tags = [], parameters = [] }]) => [
      ...(summary === undefined ? [`${method} ${path} has no summary`] : []),
      ...(tags.length === 1 ? [] : [`${method} ${path} belongs to ${tags.length} tags`]),
      ...parameters
        .filter((parameter) => parameter.in === 'path' && parameter.example === undefined)
        .map(({ name }) => `${method} ${path} has no example of ${name}`),
    ]),
  );
}

/** A text that doesn't match is refused as "must be: " plus the description of its pattern, which must therefore continue that sentence. */
function patternFaults(node: unknown, pointer: string, inherited?: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { pattern, description = inherited } = node as { pattern?: unknown; description?: string };
  const goesOn = typeof description === 'string' && /^[\p{Ll}\d].*[^.]$/su.test(description);
  return [
    ...(typeof pattern !== 'string' || goesOn ? [] : [`${pointer}: "must be: ${description}"`]),
    ...Object.entries(node).flatMap(([name, value]) =>
      patternFaults(value, `${pointer}/${name}`, name === 'schema' ? description : undefined),
    ),
  ];
}

/** Wherever an object has a schema and an example, the example must fit the schema. */
function exampleFaults(document: object): string[] {
  const judgeBySchema = createSchemaJudge(document);
  const faults: string[] = [];

  function walk(node: unknown, pointer: string): void {
    if (typeof node !== 'object' || node === null) return;
    const { schema, example, examples } = node as { schema?: object; example?: unknown; examples?: object };
    if (schema !== undefined) judge(pointer, example, examples);
    for (const [name, value] of Object.entries(node)) {
      if (name !== 'example') walk(value, pointer + toPointer(name));
    }
  }

  function judge(pointer: string, example: unknown, examples: unknown): void {
    if (example === undefined) {
      if (examples === undefined && pointer.includes('/content/') && !pointer.includes('/default/'))
        faults.push(`${pointer} has no example`);
      return;
    }
    if (JSON.stringify(example).includes(`"${NO_EXAMPLE}"`)) faults.push(`${pointer}: a part has no example: ${JSON.stringify(example)}`);
    const fault = judgeBySchema(`${pointer}/schema`, example);
    if (fault !== null) faults.push(`${pointer}: the example doesn't fit: ${fault}`);
  }

  walk(document, '');
  return faults;
}
