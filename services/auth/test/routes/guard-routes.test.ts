import type { Guard } from '@countersign/verifier';
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

t.test('the guards of a scope come before those of a route', async (t) => {
  const asked: string[] = [];
  const guard = (name: string): Guard =>
    Object.assign(
      (_request: unknown, _reply: unknown, done: () => void) => {
        asked.push(name);
        done();
      },
      { refusals: [] },
    );
  const server = Fastify();
  await server.register(async (scope) => {
    guardRoutes(scope, () => [guard('of the scope')]);
    scope.get('/', { onRequest: guard('its own') }, async () => ({}));
  });
  t.equal((await server.inject('/')).statusCode, 200);
  t.strictSame(asked, ['of the scope', 'its own']);
});
