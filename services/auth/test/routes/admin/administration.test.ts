import { createServer } from '@countersign/service';
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

t.test(
  'who administers does so in a session of their own: role, scope and a fresh proof are not enough for a service that acts',
  async (t) => {
    const user = { sub: 'user', client_id: 'first-party', sid: 'session', roles: ['admin'], scope: 'admin', auth_time: Date.now() / 1000 };
    const statusFor = async (changes: object) => {
      const server = createServer({ logLevel: 'silent', trustProxy: [] });
      server.addHook('onRequest', async (request) => {
        Object.assign(request, { user: { ...user, ...changes } });
      });
      requireAdministrator(server);
      server.get('/', async () => ({}));
      server.delete('/', async () => ({}));
      const answers = [await server.inject('/'), await server.inject({ method: 'DELETE', url: '/' })];
      return answers.map(({ statusCode, json }) => (statusCode === 200 ? 'passes' : json().code));
    };
    t.strictSame(await statusFor({}), ['passes', 'passes']);
    t.strictSame(await statusFor({ act: { sub: 'c-1' } }), ['forbidden', 'forbidden']);
    t.strictSame(await statusFor({ sid: undefined }), ['forbidden', 'forbidden'], 'nor for what has no session');
  },
);
