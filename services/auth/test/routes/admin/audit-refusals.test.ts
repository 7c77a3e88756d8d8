import { createServer, type Database } from '@countersign/service';
import { until } from '@countersign/testing';
import t from 'tap';
import { auditRefusals } from '../../../src/routes/admin/audit-refusals.ts';
import { administeredAuth } from './administered-auth.ts';

const { admin, signUp, call, stale, events } = await administeredAuth(t);

t.test(
  'a conflict is in the audit log as what is forbidden is, without the query; what was let through, is wrong or waits for the password is not',
  async (t) => {
    const user = await signUp('member');
    const url = `/admin/users/${admin.id}`;
    t.equal((await call('PATCH', `/admin/users/${user.id}`, { disabled: true })).statusCode, 200);
    t.equal((await call('PATCH', url, { disabled: 'yes' })).statusCode, 400);
    t.equal((await call('DELETE', `/admin/users/${'0'.repeat(22)}`)).statusCode, 404);
    const asked = await call('PATCH', `/admin/users/${user.id}`, { disabled: false }, await stale(admin));
    t.match(asked.json(), { status: 401, code: 'reauthentication_required' });
    const refused = await call('PATCH', `${url}?note=private`, { disabled: true });
    t.match(refused.json(), { status: 409, code: 'conflict' });
    const told = await until(async () => {
      const found = (await events(null)).filter(({ event }) => event === 'admin_refused');
      return found.length > 0 ? found : null;
    });
    t.match(told, [{ actor: admin.id, requestId: refused.headers['x-request-id'] }]);
    t.strictSame(
      told.map(({ details }) => details),
      [{ method: 'PATCH', path: url, status: 409 }],
    );
  },
);

t.test('a refusal that cannot be recorded is told to the log, and answered as any other', async (t) => {
  const lines: string[] = [];
  const server = createServer({ logLevel: 'warn', trustProxy: [], logStream: { write: (line) => void lines.push(line) } });
  server.addHook('onRequest', async (request) => {
    Object.assign(request, { user: { sub: admin.id, roles: ['admin'] } });
  });
  auditRefusals(server, { db: {} as Database, audit: { record: () => Promise.reject(new Error('the disk is full')) } });
  server.get('/', async (_request, reply) => reply.code(403).send({}));
  t.equal((await server.inject('/')).statusCode, 403);
  const told = (await until(async () => (lines.length > 0 ? lines : null))).map((line) => JSON.parse(line) as object);
  t.match(told, [{ level: 'warn', msg: /^a refusal could not be recorded in the audit log/ }]);
});
