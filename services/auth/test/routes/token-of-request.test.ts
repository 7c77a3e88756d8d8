import { exchange } from '@countersign/testing';
import t from 'tap';
import { testAuth } from '../test-auth.ts';

const { app } = await testAuth(t);
const url = await app.listen({ port: 0, host: '127.0.0.1' });
const credentials = { username: 'twofold', password: 'a long enough password' };
await app.inject({ method: 'POST', url: '/register', payload: credentials });

function send(path: string, headers: string): Promise<string> {
  return exchange(url, `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`);
}

for (const [path, status] of [
  ['/refresh', 200],
  ['/logout', 204],
] as const)
  t.test(`two Authorization headers are refused at ${path}, whichever was meant; one is not`, async (t) => {
    const tokens = (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json<{ refresh_token: string }>();
    const header = `Authorization: Bearer ${tokens.refresh_token}\r\n`;
    t.match(await send(path, `${header}authorization: Bearer x\r\n`), /^HTTP\/1\.1 400.*validation_failed/s);
    t.match(await send(path, `Authorization: Basic x\r\n${header}`), /^HTTP\/1\.1 400.*validation_failed/s);
    t.match(await send(path, header), new RegExp(`^HTTP/1\\.1 ${status} `));
  });

t.test('beside a token in the body an Authorization header counts for nothing', async (t) => {
  const signIn = async () => (await app.inject({ method: 'POST', url: '/login', payload: credentials })).json<Record<string, string>>();
  const [meant, other] = [await signIn(), await signIn()];
  const headers = { authorization: `Bearer ${other.access_token}` };
  const refreshed = await app.inject({ method: 'POST', url: '/refresh', headers, payload: { refresh_token: meant.refresh_token } });
  t.equal(refreshed.statusCode, 200);
  await app.inject({ method: 'POST', url: '/logout', headers, payload: { token: meant.access_token } });
  const me = async (token = '') => (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode;
  t.strictSame([await me(meant.access_token), await me(other.access_token)], [401, 200]);
});

t.test('beside an Authorization header of another scheme a cookie counts for nothing', async (t) => {
  const login = await app.inject({ method: 'POST', url: '/login', payload: { ...credentials, delivery: 'cookie' } });
  const cookie = login.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const headers = { cookie, 'x-csrf-token': login.json<{ csrf_token: string }>().csrf_token };
  const other = { ...headers, authorization: 'Basic eDp5' };
  const me = async () => (await app.inject({ url: '/me', headers: { cookie } })).statusCode;
  t.match((await app.inject({ method: 'POST', url: '/refresh', headers: other })).json(), { status: 401, code: 'token_missing' });
  t.equal((await app.inject({ method: 'POST', url: '/logout', headers: other })).statusCode, 204);
  t.equal(await me(), 200, 'the session of the cookie goes on');
  t.equal((await app.inject({ method: 'POST', url: '/logout', headers })).statusCode, 204);
  t.equal(await me(), 401, 'which it does not without the header');
});
