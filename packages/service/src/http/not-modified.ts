import { Type } from 'typebox';

/**
 * The schema of a 304, which is sent as `undefined`: Fastify would write `null` as four bytes of JSON, and say their length, where only
 * that of the 200 may be said (RFC 9110, section 8.6).
 */
export const NotModified = Type.Unsafe<undefined>(Type.Null());
