import t from 'tap';
import { testAuth } from './test-auth.ts';

const { app } = await testAuth(t);

t.test('a person registers, signs in, refreshes, sees who they are, and signs out', async (t) => {
  const credentials = { username: 'Ada.Lovelace', password: 'correct horse battery' };
  const registered = await app.inject({ method: 'POST', url: '/register', payload: credentials });
  t.equal(registered.statusCode, 201, registered.body);
  t.match(registered.json(), { id: /^[0-9A-Za-z]{22}$/ });
  t.strictSame(registered.json(), { id: registered.json().id, username: 'Ada.Lovelace', roles: ['member'] });

  const login = await app.inject({ method: 'POST', url: '/login', payload: { ...credentials, username: 'ada.lovelace' } });
  t.equal(login.statusCode, 200, login.body);
  t.match(login.json(), { token_type: 'Bearer', expires_in: 900, refresh_expires_in: 604800, scope: /^books:read books:write$/ });
  t.equal(login.headers['cache-control'], 'no-store');
  t.ok(login.json().access_token.length <= 600, `${login.json().access_token.length} bytes`);

  const refreshed = await app.inject({
    method: 'POST',
    url: '/refresh',
    headers: { authorization: `Bearer ${login.json().refresh_token}` },
  });
  t.equal(refreshed.statusCode, 200, refreshed.body);
  t.not(refreshed.json().refresh_token, login.json().refresh_token);

  const authorization = `Bearer ${refreshed.json().access_token}`;
  const me = await app.inject({ url: '/me', headers: { authorization } });
  t.equal(me.statusCode, 200, me.body);
  const { session_id: sessionId, ...person } = me.json();
  t.strictSame(person, { ...registered.json(), scope: 'books:read books:write' });

  const sessions = await app.inject({ url: '/sessions', headers: { authorization } });
  t.match(sessions.json(), [{ id: sessionId, current: true, ip: '127.0.0.1' }]);

  const logout = await app.inject({ method: 'POST', url: '/logout', headers: { authorization } });
  t.equal(logout.statusCode, 204, logout.body);
  const after = await app.inject({ url: '/me', headers: { authorization } });
  t.match(after.json(), { status: 401, code: 'token_revoked' });
  const refreshAfter = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: refreshed.json().refresh_token } });
  t.match(refreshAfter.json(), { status: 401, code: 'token_revoked' });
  const again = await app.inject({ method: 'POST', url: '/logout', headers: { authorization } });
  t.equal(again.statusCode, 204, again.body);
});
