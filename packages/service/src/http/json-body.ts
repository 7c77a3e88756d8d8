import { isUtf8 } from 'node:buffer';
import { Problem } from '@countersign/problems';
import type { Server } from './server.ts';

/**
 * Bodies are JSON. An empty one counts as none, whatever its content type: many clients send one with every request (curl and jQuery that
 * of a form). A route that needs a body says so in its schema; one that doesn't also accepts `null`.
 */
export function parseJsonBodies(server: Server): void {
  server.removeContentTypeParser(['application/json', 'text/plain']);
  parseAsJson(server, 'application/json');
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    if (body.length === 0) done(null, null);
    else done(new Problem('unsupported_media_type'));
  });
}

/**
 * Accepts bodies of one more type as JSON, parsed as Fastify does it (`__proto__` refused). A body that isn't UTF-8 (RFC 8259, section 8.1)
 * is refused: with replacement characters, different passwords would become the same.
 */
export function parseAsJson(server: Server, contentType: string): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(contentType, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) done(null, null);
    else if (!isUtf8(body)) done(new Problem('validation_failed', { detail: 'The body is not UTF-8.' }));
    else {
      const text = body.toString();
      void parse(request, text, (error, value) => done(error !== null && isJson(text) ? unsafeMember() : error, value));
    }
  });
}

function unsafeMember(): Problem {
  return new Problem('validation_failed', {
    detail: 'The body has a member __proto__ or constructor.prototype, which would change how programs read it.',
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
