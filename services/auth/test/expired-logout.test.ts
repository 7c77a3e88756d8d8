import { until } from '@countersign/testing';
import t from 'tap';
import { testAuth } from './test-auth.ts';

const { app } = await testAuth(t, { ACCESS_TOKEN_TTL_SECONDS: '1' });

t.test('an expired access token still signs its session out', async (t) => {
  const credentials = { username: 'ada', password: 'a long enough password' };
  await app.inject({ method: 'POST', url: '/register', payload: credentials });
  const { access_token, refresh_token } = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json();
  const authorization = `Bearer ${access_token}`;
  const code = async () => (await app.inject({ url: '/me', headers: { authorization } })).json().code;
  await until(async () => (await code()) === 'token_expired', { timeoutMs: 10_000 });
  t.equal((await app.inject({ method: 'POST', url: '/logout', headers: { authorization } })).statusCode, 204);
  const refresh = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token } });
  t.match(refresh.json(), { status: 401, code: 'token_revoked' });
});
