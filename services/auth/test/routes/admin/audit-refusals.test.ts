import { until } from '@countersign/testing';
import t from 'tap';
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
