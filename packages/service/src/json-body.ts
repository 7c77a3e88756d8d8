import type { Server } from './server.ts';

/**
 * JSON as Fastify parses it (`__proto__` refused), but an empty body counts as none: many clients send the content
 * type with every request. A route that wants a body says so in its schema; one that can do without takes `null` too.
 */
export function parseJsonBodies(server: Server): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null, null);
    else void parse(request, body, done);
  });
}
