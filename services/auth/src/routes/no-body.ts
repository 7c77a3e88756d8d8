import { Type } from 'typebox';

/** For a route that takes no input: no body, or `{}`. */
export const NoBody = Type.Unsafe<Record<string, never> | null>({ type: ['object', 'null'], additionalProperties: false });
