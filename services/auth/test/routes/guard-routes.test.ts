import Fastify from 'fastify';
import t from 'tap';
import { guardRoutes } from '../../src/routes/guard-routes.ts';

const start = async (config: object) =>
  await Fastify()
    .register(async (server) => {
      guardRoutes(server, () => []);
      server.get('/', { config }, async () => ({}));
    })
    .ready();

t.test('a route that says public among guarded ones, which its guards would be blind for, ends the start', async (t) => {
  await t.rejects(start({ public: true }), { message: "/ can't be public: every route of its scope is guarded." });
  await t.resolves(start({}));
});
