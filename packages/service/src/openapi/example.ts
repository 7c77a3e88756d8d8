import type { Schema } from './document.ts';

/** Stands where a schema has nothing to make an example from. */
const NO_EXAMPLE = '…';

const INSTANT = '2026-11-02T09:30:00.000Z';

/** A value for a schema, from its `examples`, defaults and constants. An optional property is shown if it has an example of its own. */
export function exampleOf(schema: Schema): unknown {
  const [own] = [...(schema.examples ?? []), ...constants(schema)];
  if (own !== undefined) return own;
  if (schema.anyOf?.[0] !== undefined) return exampleOf(schema.anyOf[0]);
  switch ([schema.type].flat()[0]) {
    case 'object':
      return objectExample(schema);
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items)];
    case 'integer':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return schema.format === 'date-time' ? INSTANT : NO_EXAMPLE;
  }
}

function constants({ const: constant, default: fallback, enum: values = [] }: Schema): unknown[] {
  return [constant, fallback, ...values].filter((value) => value !== undefined);
}

function objectExample({ properties = {}, required = [] }: Schema): object {
  const shown = Object.entries(properties).filter(([name, property]) => required.includes(name) || property.examples !== undefined);
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property)]));
}
