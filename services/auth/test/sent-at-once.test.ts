import { until } from '@countersign/testing';
import t from 'tap';
import { claimsOf } from './claims-of.ts';
import { testAuth } from './test-auth.ts';

const admin = { username: 'chief', password: 'a long enough password' };
const { app } = await testAuth(t, { ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password });

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

async function call(method: Method, url: string, token = '', payload?: object) {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() };
}

async function sendForm(url: string, fields: Record<string, string>) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { statusCode: status } = await app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(fields).toString() });
  return { status };
}

let people = 0;

async function signUp() {
  people += 1;
  const credentials = { username: `person-${people}`, password: 'a long enough password' };
  const { id } = (await call('POST', '/register', '', credentials)).body;
  const { access_token: access, refresh_token: refresh } = (await call('POST', '/login', '', credentials)).body;
  const signInAgain = async (): Promise<string> => (await call('POST', '/login', '', credentials)).body.access_token;
  return { ...credentials, id, access, refresh, signInAgain } as const;
}

const administrator = async (): Promise<string> => (await call('POST', '/login', '', admin)).body.access_token;
const makeClient = async () =>
  (await call('POST', '/admin/clients', await administrator(), { name: 'made', scopes: ['books:read'], audiences: [] })).body;
const sidOf = (token: string) => claimsOf(token).sid as string;

type Person = Awaited<ReturnType<typeof signUp>>;

/** Each call that revokes: what it needs is made before, and then it alone is to be sent. */
const CALLS: Readonly<Record<string, (person: Person) => Promise<() => Promise<{ readonly status: number }>>>> = {
  'POST /logout, by a refresh token':
    async ({ refresh }) =>
    async () =>
      await call('POST', '/logout', refresh),
  'POST /logout, by an access token':
    async ({ access }) =>
    async () =>
      await call('POST', '/logout', access),
  'POST /refresh, by a token that was used before': async ({ refresh }) => {
    const next = (await call('POST', '/refresh', refresh)).body.refresh_token;
    await call('POST', '/refresh', next);
    return async () => await call('POST', '/refresh', refresh);
  },
  'POST /reauthenticate':
    async ({ access, password }) =>
    async () =>
      await call('POST', '/reauthenticate', access, { password }),
  'POST /password': async ({ access, password, signInAgain }) => {
    await signInAgain();
    const change = { current_password: password, new_password: 'another long password' };
    return async () => await call('POST', '/password', access, change);
  },
  'POST /password/reset': async ({ id }) => {
    const { reset_token } = (await call('POST', `/admin/users/${id}/password-reset`, await administrator())).body;
    return async () => await call('POST', '/password/reset', '', { reset_token, new_password: 'another long password' });
  },
  'DELETE /sessions/{id}': async ({ access, signInAgain }) => {
    const sid = sidOf(await signInAgain());
    return async () => await call('DELETE', `/sessions/${sid}`, access);
  },
  'DELETE /sessions': async ({ access, signInAgain }) => {
    await signInAgain();
    return async () => await call('DELETE', '/sessions', access);
  },
  'POST /oauth/revoke, of an access token': async ({ access: token }) => {
    return async () => await sendForm('/oauth/revoke', { token, client_id: 'first-party' });
  },
  'POST /oauth/revoke, of a refresh token': async ({ refresh: token }) => {
    return async () => await sendForm('/oauth/revoke', { token, client_id: 'first-party' });
  },
  'PATCH /admin/users/{id}, disabled': async ({ id }) => {
    const token = await administrator();
    return async () => await call('PATCH', `/admin/users/${id}`, token, { disabled: true });
  },
  'PATCH /admin/users/{id}, roles': async ({ id }) => {
    const token = await administrator();
    return async () => await call('PATCH', `/admin/users/${id}`, token, { roles: [] });
  },
  'DELETE /admin/users/{id}': async ({ id }) => {
    const token = await administrator();
    return async () => await call('DELETE', `/admin/users/${id}`, token);
  },
  'DELETE /admin/users/{id}/sessions': async ({ id }) => {
    const token = await administrator();
    return async () => await call('DELETE', `/admin/users/${id}/sessions`, token);
  },
  'DELETE /admin/users/{id}/sessions/{session_id}': async ({ id, access }) => {
    const token = await administrator();
    return async () => await call('DELETE', `/admin/users/${id}/sessions/${sidOf(access)}`, token);
  },
  'PUT /admin/roles/{name}': async ({ id, signInAgain }) => {
    const token = await administrator();
    await call('PUT', '/admin/roles/reader', token, { scopes: ['books:read'] });
    await call('PATCH', `/admin/users/${id}`, token, { roles: ['reader'] });
    await signInAgain();
    return async () => await call('PUT', '/admin/roles/reader', token, { scopes: [] });
  },
  'PATCH /admin/clients/{id}': async () => {
    const [token, { client_id }] = [await administrator(), await makeClient()];
    return async () => await call('PATCH', `/admin/clients/${client_id}`, token, { scopes: [] });
  },
  'DELETE /admin/clients/{id}/tokens': async () => {
    const [token, { client_id }] = [await administrator(), await makeClient()];
    return async () => await call('DELETE', `/admin/clients/${client_id}/tokens`, token);
  },
  'DELETE /admin/clients/{id}': async () => {
    const [token, { client_id }] = [await administrator(), await makeClient()];
    return async () => await call('DELETE', `/admin/clients/${client_id}`, token);
  },
  'DELETE /admin/keys/{kid}': async () => {
    const token = await administrator();
    const keys: { kid: string; state: string }[] = (await call('GET', '/admin/keys', token)).body;
    const active = keys.find(({ state }) => state === 'active');
    return async () => await call('DELETE', `/admin/keys/${active?.kid}`, token);
  },
  'DELETE /admin/sessions': async () => {
    const token = await administrator();
    return async () => await call('DELETE', '/admin/sessions', token);
  },
};

/** The feed counts what it sends because a call asked for it, not what it sends once a second. */
async function countSent(): Promise<number> {
  const { body } = await app.inject('/metrics');
  return Number(/^countersign_feed_publish_seconds_count (\d+)$/m.exec(body)?.[1]);
}

for (const [name, prepare] of Object.entries(CALLS))
  t.test(`${name} sends what it revokes at once, and doesn't leave it to the next heartbeat`, async (t) => {
    const revoke = await prepare(await signUp());
    const before = await countSent();
    const { status } = await revoke();
    t.ok(status < 300 || name.includes('used before'), `${status}`);
    await until(async () => (await countSent()) > before);
  });
