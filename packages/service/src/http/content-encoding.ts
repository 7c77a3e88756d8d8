import { Problem } from '@countersign/problems';
import type { preParsingHookHandler } from 'fastify';
import type { Server } from './server.ts';

/**
 * Refuses encoded bodies (gzip, br) with 415 and `Accept-Encoding` (RFC 9110, section 12.5.3): nothing here decodes them, so they would be
 * misread. Call it before the first route.
 */
export function refuseEncodedBodies(server: Server): void {
  server.addHook('onRoute', (route) => {
    // No body is read of GET and HEAD.
    if (route.method !== 'GET' && route.method !== 'HEAD') route.preParsing = [refuseEncoded, route.preParsing ?? []].flat();
  });
}

/** An empty body counts as none: some clients send a content encoding with every request, as they do a content type. */
const refuseEncoded: preParsingHookHandler = ({ headers }, _reply, payload, done) => {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (isEmpty || /^(?:identity)?$/i.test(headers['content-encoding'] ?? '')) done(null, payload);
  else done(encoded());
};

function encoded(): Problem {
  return new Problem('unsupported_media_type', {
    detail: 'Encoded bodies are not accepted. Send the body without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });
}
