import { isDeepStrictEqual } from 'node:util';
import type { Schema } from './document.ts';

/**
 * Moves every schema with a `title` to the components and leaves a reference, so that a client generator makes one type of that name.
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

/** `title` alone proves nothing: a property may be called that, and the document has a title itself. */
function isSchema({ type, anyOf }: { type?: unknown; anyOf?: unknown }): boolean {
  return typeof type === 'string' || Array.isArray(type) || Array.isArray(anyOf);
}
