import { Type } from 'typebox';

/**
 * The schema of a 304, which a handler sends as `undefined`. For `null` Fastify would send `Content-Length: 4`, but in a 304 that header
 * may only be what the 200 would have (RFC 9110, section 8.6).
 */
export const NotModified = Type.Unsafe<undefined>(Type.Null());
