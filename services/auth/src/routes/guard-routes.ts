import type { Server } from '@countersign/service';
import type { Guard } from '@countersign/verifier';
import type { RouteOptions } from 'fastify';

/**
 * Applies these guards to every route of the scope, before the route's own, and keeps the answers out of caches, since they are for one
 * caller. The guards become each route's own, so that its document names what they refuse.
 */
export function guardRoutes(server: Server, guardsOf: (route: RouteOptions) => readonly Guard[]): void {
  server.addHook('onRoute', (route) => {
    if (route.config?.public === true) throw new Error(`${route.url} can't be public: every route of its scope is guarded.`);
    route.onRequest = [...guardsOf(route), ...[route.onRequest ?? []].flat()];
  });
  server.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
}
