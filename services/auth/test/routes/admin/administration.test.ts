import Fastify from 'fastify';
import t from 'tap';
import { requireAdministrator } from '../../../src/routes/admin/administration.ts';

t.test('a route that reads by one method and changes by another needs a fresh proof of the password', async (t) => {
  const guarded: Record<string, boolean> = {};
  const server = Fastify({ exposeHeadRoutes: false });
  requireAdministrator(server);
  server.addHook('onRoute', ({ url, onRequest }) => {
    guarded[url] = [onRequest ?? []]
      .flat()
      .some((guard) => 'refusals' in guard && [guard.refusals].flat().includes('reauthentication_required'));
  });
  const handler = async () => ({});
  server.route({ method: ['GET', 'HEAD'], url: '/reads', handler });
  server.route({ method: ['GET', 'DELETE'], url: '/does-both', handler });
  server.route({ method: 'DELETE', url: '/changes', handler });
  await server.ready();
  t.strictSame(guarded, { '/reads': false, '/does-both': true, '/changes': true });
});
