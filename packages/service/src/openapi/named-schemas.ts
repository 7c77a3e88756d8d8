import { isDeepStrictEqual } from 'node:util';
import type { Schema } from './document.ts';

/**
 * Moves every schema with a `title` to the components and leaves a reference, so that a client generator makes a single type
 * from it, with that name.
 *
 * @throws Error when two different schemas have the same title
 */
export function nameSchemas(node: unknown, components: Record<string, Schema>): unknown {
  if (Array.isArray(node)) return node.map((item) => nameSchemas(item, components));
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, nameSchemas(value, components)]));
  if (typeof copy.title !== 'string' || !isSchema(copy)) return copy;
  const { title, ...schema } = copy;
  const known = components[title];
  if (known !== undefined && !isDeepStrictEqual(known, schema)) throw new Error(`two schemas have the title ${title}`);
  components[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}

/** A property may be called `title`, and the document has one itself. */
function isSchema({ type, anyOf }: { type?: unknown; anyOf?: unknown }): boolean {
  return typeof type === 'string' || Array.isArray(type) || Array.isArray(anyOf);
}
