import type { onSendHookHandler } from 'fastify';
import { Type } from 'typebox';
import type { Server } from './server.ts';

/**
 * The schema of a 304, for which a handler returns `undefined`. For `null` Fastify would send `Content-Length: 4`, but in a 304 that header
 * may only be what the 200 would have (RFC 9110, section 8.6).
 */
export const NotModified = Type.Unsafe<undefined>(Type.Null());

/** For HEAD, Fastify sends the length of what GET's handler returned, which for a 304 would be 0. Call it before the first route. */
export function tellNoLengthOf304(server: Server): void {
  server.addHook('onRoute', (route) => {
    if (route.method === 'HEAD') route.onSend = [route.onSend ?? [], removeLengthOf304].flat();
  });
}

const removeLengthOf304: onSendHookHandler = (_request, reply, payload, done) => {
  if (reply.statusCode === 304) reply.removeHeader('content-length');
  done(null, payload);
};
