import type { FastifyInstance } from 'fastify';

/** Makes every route of this scope public: `await app.register(async (open) => { openToAll(open); open.get(…); })` */
export function openToAll(scope: Pick<FastifyInstance, 'addHook'>): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, public: true };
  });
}
