import { until } from '@countersign/testing';
import t from 'tap';
import { administeredAuth } from './administered-auth.ts';

const { app, admin, signUp, signIn, call, start, stale, events } = await administeredAuth(t);

t.test('the role is not enough: the token must have the scope, too', async (t) => {
  const tokenWith = async (scope: string) => (await signIn(admin, { scope })).json<{ access_token: string }>().access_token;
  const narrow = await call('GET', '/admin/users', undefined, await tokenWith('books:read'));
  t.match(narrow.json(), { status: 403, code: 'insufficient_scope' });
  t.match(narrow.headers['www-authenticate'], /error="insufficient_scope".*scope="admin"/);
  t.equal((await call('GET', '/admin/users', undefined, await tokenWith('admin'))).statusCode, 200);
});

t.test('the scope is not enough: the user must have the role, too', async (t) => {
  const member = await signUp('member');
  const refused = await call('GET', '/admin/users', undefined, member.accessToken);
  t.match(refused.json(), { status: 403, code: 'insufficient_role' });
  t.match(refused.headers['www-authenticate'], /error="insufficient_scope"/);
});

t.test('a token for auth alone administers', async (t) => {
  const other = await start({ AUDIENCE: 'urn:countersign:auth' });
  const login = await other.inject({ method: 'POST', url: '/login', payload: { username: admin.username, password: admin.password } });
  t.equal((await call('GET', '/admin/users', undefined, login.json().access_token)).statusCode, 200);
});

t.test('ASVS 7.5.3: reading needs no fresh proof of the password, changing does', async (t) => {
  const older = await signUp('admin');
  const user = await signUp('member');
  const token = await stale(older);
  const url = `/admin/users/${user.id}`;
  t.equal((await call('GET', url, undefined, token)).statusCode, 200);
  t.equal((await call('HEAD', url, undefined, token)).statusCode, 200);
  const refused = await call('PATCH', url, { disabled: true }, token);
  t.match(refused.json(), { status: 401, code: 'reauthentication_required' });
  t.match(refused.headers['www-authenticate'], /error="insufficient_user_authentication".*max_age=300/);
  t.equal((await call('GET', url)).json().disabled, false);

  const proof = await app.inject({
    method: 'POST',
    url: '/reauthenticate',
    headers: { authorization: `Bearer ${token}` },
    payload: { password: older.password },
  });
  t.equal((await call('PATCH', url, { disabled: true }, proof.json().access_token)).statusCode, 200);
});

t.test(
  'what an administrator tried and was refused is in the audit log; what others try is in the log alone, which they could fill',
  async (t) => {
    const { access_token } = (await signIn(admin, { scope: 'books:read' })).json<{ access_token: string }>();
    const member = await signUp('member');
    await call('DELETE', `/admin/users/${member.id}`, undefined, member.accessToken);
    const refused = await call('DELETE', `/admin/users/${member.id}`, undefined, access_token);
    const told = await until(async () => (await events(null)).find(({ requestId }) => requestId === refused.headers['x-request-id']));
    t.match(told, {
      event: 'admin_refused',
      actor: admin.id,
      ip: '127.0.0.1',
      details: { method: 'DELETE', path: `/admin/users/${member.id}`, status: 403 },
    });
    t.strictSame(
      (await events(null)).filter(({ actor }) => actor === member.id),
      [],
    );
  },
);
