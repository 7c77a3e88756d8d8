import { Problem } from '@countersign/problems';
import type { preParsingHookHandler } from 'fastify';
import type { Server } from './server.ts';

/**
 * Bodies are read as they come: one that is encoded (gzip, br) would be read as something else than its sender meant, so it is 415
 * with `Accept-Encoding` (RFC 9110, section 12.5.3). Call it before the first route.
 */
export function refuseEncodedBodies(server: Server): void {
  server.addHook('onRoute', (route) => {
    // Of GET and HEAD no body is read.
    if (route.method !== 'GET' && route.method !== 'HEAD') route.preParsing = [refuseEncoded, route.preParsing ?? []].flat();
  });
}

/** Some clients say an encoding with every request, as they do a content type: an empty body counts as none. */
const refuseEncoded: preParsingHookHandler = ({ headers }, _reply, payload, done) => {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (isEmpty || /^(?:identity)?$/i.test(headers['content-encoding'] ?? '')) done(null, payload);
  else done(encoded());
};

function encoded(): Problem {
  return new Problem('unsupported_media_type', {
    detail: 'A body is taken without a Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });
}
