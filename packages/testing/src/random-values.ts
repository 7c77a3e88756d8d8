import type { KnownTexts } from './known-texts.ts';
import type { Random } from './seeded-random.ts';

export interface ValueSchema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ValueSchema[];
  readonly type?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly required?: readonly string[];
  readonly items?: ValueSchema;
}

export interface RandomValues {
  /** A text that means something under this name, or one that programs stumble over. */
  text(name?: string): string;
  /** Mostly what the schema describes, with parts as they must not be. */
  fitting(schema: ValueSchema, name?: string): unknown;
}

export interface RandomValuesOptions {
  readonly random: Random;
  readonly known: KnownTexts;
  readonly resolve: ($ref: string) => ValueSchema;
}

const ODD_TEXTS = [
  ...['', ' ', '\0', 'a\0b', '\ud800', '😀'.repeat(50), 'x'.repeat(129), 'x'.repeat(5000), 'İ', '%', ',', "'; select 1; --", 'a.b.c'],
  ...['null', '-1', '1.5', '1e400', '99999999999999999999', '__proto__', 'constructor', 'http://['],
  ...['2026-13-45', '0000-01-01T00:00:00Z', '2016-12-31T23:59:60Z', '9999-12-31T23:59:59-23:59', '+275760-09-13T00:00:00.001Z'],
];
const ODD_NUMBERS = [0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21, 1e308, 5e-324];

const DEEPEST = 3;

export function createRandomValues({ random, known, resolve }: RandomValuesOptions): RandomValues {
  const { below, chance, pick } = random;
  const listOf = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make);

  function text(name?: string): string {
    const meant = name !== undefined && chance(0.6) ? known.pick(name) : null;
    return meant ?? pick(ODD_TEXTS);
  }

  function any(depth = 0): unknown {
    const makers = [() => text(), () => text(), () => pick(ODD_NUMBERS), () => pick([null, true, false])];
    if (depth >= DEEPEST) return pick(makers)();
    return pick<() => unknown>([
      ...makers,
      () => listOf(pick([0, 1, 2, 40]), () => any(depth + 1)),
      () => Object.fromEntries(listOf(below(4), () => [text(), any(depth + 1)])),
    ])();
  }

  function fitting(schema: ValueSchema, name?: string): unknown {
    if (schema.$ref !== undefined) return fitting(resolve(schema.$ref), name);
    if (chance(0.05)) return any();
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return pick(schema.enum);
    if (schema.anyOf !== undefined) return fitting(pick(schema.anyOf), name);
    if (schema.examples !== undefined && chance(0.2)) return pick(schema.examples);
    const type = pick([schema.type ?? 'object'].flat());
    if (type === 'object') return fittingObject(schema);
    if (type === 'array') return listOf(below(4), () => fitting(schema.items ?? {}, name));
    if (type === 'boolean') return chance(0.5);
    if (type === 'null') return null;
    return type === 'string' ? text(name) : pick(ODD_NUMBERS);
  }

  function fittingObject({ properties = {}, required = [] }: ValueSchema): object {
    const chosen = Object.entries(properties).filter(([name]) => chance(required.includes(name) ? 0.95 : 0.3));
    const members = chosen.map(([name, schema]): [string, unknown] => [name, fitting(schema, name)]);
    return Object.fromEntries(chance(0.1) ? [...members, [text(), any()]] : members);
  }

  return { text, fitting };
}
