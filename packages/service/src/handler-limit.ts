import { Problem } from '@countersign/problems';
import type { FastifyInstance, RawServerDefault } from 'fastify';

/**
 * Gives requests with a body the limit that Fastify's `handlerTimeout`, the server's or the route's, gives the others: its
 * timer ends with the request's `close` event, which Node emits as soon as a body has been read (seen with Fastify 5.12.8
 * and Node 24).
 */
export function limitHandlersOfBodies(server: Pick<FastifyInstance<RawServerDefault>, 'addHook'>): void {
  server.addHook('preHandler', (request, reply, done) => {
    if (request.body !== undefined) {
      const { handlerTimeout: limitMs } = request.routeOptions;
      const timer = setTimeout(() => {
        if (!reply.sent) reply.send(new Problem('unavailable', { cause: new Error(`no answer within ${limitMs} ms`) }));
      }, limitMs);
      reply.raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}
