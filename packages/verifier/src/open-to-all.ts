import type { FastifyInstance } from 'fastify';

/**
 * Makes every route of this scope public unless its own config says `public: false`:
 * `await app.register(async (open) => { openToAll(open); open.get(…); })`
 */
export function openToAll(scope: Pick<FastifyInstance, 'addHook'>): void {
  scope.addHook('onRoute', (route) => {
    route.config = { public: true, ...route.config };
  });
}
