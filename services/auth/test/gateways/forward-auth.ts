import { request } from 'node:http';
import { needsReal, until } from '@countersign/testing';
import type { Test } from 'tap';
import { roleScopes, roles, userRoles } from '../../src/stores/schema.ts';
import { type GatewayProgram, gatewayStack, type Seen } from './gateway-stack.ts';

/** What the document promises of a gateway, asked of a real one. */
export async function holdsForwardAuth(t: Test, program: GatewayProgram): Promise<void> {
  if (!needsReal(t, program.name)) return;
  const { auth, url, token, seen, signInByCookie } = await gatewayStack(t, program, { REVOCATION_MAX_STALENESS_SECONDS: '3' });
  const bearer = { authorization: `Bearer ${token}` };
  const ask = (headers: Readonly<Record<string, string>>, init: RequestInit = {}) => fetch(`${url}/things?limit=5`, { ...init, headers });
  const code = async (answer: Response) => `${answer.status} ${((await answer.json()) as { code: string }).code}`;

  await t.test('a good request reaches the service as it was sent, with who it is', async (t) => {
    const answer = await ask({ ...bearer, 'content-type': 'application/json' }, { method: 'PUT', body: '{"a":1}' });
    t.equal(answer.status, 200);
    const { method, body, headers } = newest(seen);
    t.strictSame({ method, body }, { method: 'PUT', body: '{"a":1}' });
    t.match(headers, { 'x-auth-client': 'first-party', 'x-auth-scope': 'books:read books:write', 'x-auth-roles': 'member' });
    t.match(headers['x-auth-subject'], /^[A-Za-z0-9]{22}$/);
  });

  await t.test('what a client says of itself never reaches the service', async (t) => {
    const forged = {
      'X-Auth-Subject': 'forged',
      'x-auth-client': 'forged',
      'X-AUTH-SCOPE': 'forged',
      'X-Auth-Roles': 'forged',
      X_Auth_Subject: 'forged',
      'X-Auth_Client': 'forged',
      'x_auth-scope': 'forged',
      X_AUTH_ROLES: 'forged',
      'X.Auth.Subject': 'forged',
      'X-Auth.Client': 'forged',
      'X.Auth-Scope': 'forged',
      'x_auth.roles': 'forged',
      'x.auth_roles': 'forged',
      'X-Auth-Roles-': 'forged',
    };
    const body = { method: 'POST', body: 'x' };
    t.equal((await ask({ ...bearer, ...forged }, body)).status, 200);
    const { headers } = newest(seen);
    for (const [name, value] of Object.entries(headers))
      if (IDENTITY.includes(name.replaceAll(/[_.]/g, '-'))) t.notMatch(value, 'forged', name);
    t.equal(headers['x-auth-roles'], 'member');
    const before = seen.length;
    t.equal((await ask(forged)).status, 401);
    t.equal(seen.length, before, 'what is refused never reaches the service');
  });

  await t.test('a client cannot have the gateway leave out who it is', async (t) => {
    // RFC 9110, section 7.6.1: a proxy drops the headers that Connection names, and some drop their own, too.
    for (const named of [...IDENTITY, IDENTITY.join(', ')]) {
      const before = seen.length;
      const status = await askNaming(named, `${url}/things`, bearer);
      if (status === 400) t.equal(seen.length, before, 'what is refused never reaches the service');
      else t.hasProps(newest(seen).headers, IDENTITY, named);
    }
    t.equal(await askNaming('x-other', `${url}/things`, bearer), 200);
  });

  await t.test('a refusal has its status, its code and its challenge', async (t) => {
    const missing = await ask({});
    t.match(missing.headers.get('www-authenticate'), /^Bearer (?!.*Bearer )/, 'once');
    t.equal(missing.headers.get('content-type'), 'application/problem+json');
    t.equal(await code(missing), '401 token_missing');
    t.equal(await code(await ask({ authorization: 'Bearer nonsense' })), '401 token_malformed');
    const login = { username: 'narrow', password: 'a long enough password' };
    await auth.app.inject({ method: 'POST', url: '/register', payload: login });
    const narrow = await auth.app.inject({ method: 'POST', url: '/login', payload: { ...login, scope: 'books:write' } });
    const refused = await ask({ authorization: `Bearer ${narrow.json().access_token}` });
    t.match(refused.headers.get('www-authenticate'), /^Bearer (?!.*Bearer ).*scope="books:read"/);
    t.equal(await code(refused), '403 insufficient_scope');
  });

  await t.test('the service’s own 401, 403 and 500 pass unchanged', async (t) => {
    for (const status of [401, 403, 500]) {
      const answer = await ask({ ...bearer, 'x-answer': String(status) });
      t.equal(answer.status, status);
      t.equal(await answer.text(), 'the service’s own answer');
    }
  });

  await t.test('a token gets through with as many scopes as fit in one', async (t) => {
    const scopes = Array.from({ length: 50 }, (_, index) => `things:${index}`.padEnd(100, 'x'));
    await auth.database.db.insert(roles).values({ name: 'broad' });
    await auth.database.db.insert(roleScopes).values(scopes.map((scope) => ({ role: 'broad', scope })));
    const login = { username: 'broad', password: 'a long enough password' };
    const { id } = (await auth.app.inject({ method: 'POST', url: '/register', payload: login })).json<{ id: string }>();
    await auth.database.db.insert(userRoles).values({ userId: id, role: 'broad' });
    const { access_token: broad } = (await auth.app.inject({ method: 'POST', url: '/login', payload: login })).json<{
      access_token: string;
    }>();
    t.equal((await ask({ authorization: `Bearer ${broad}` })).status, 200, `${broad.length} bytes`);
    t.match(newest(seen).headers['x-auth-scope'], scopes.at(-1));
  });

  await t.test('a cookie is judged by the method of the request, whatever the client says', async (t) => {
    const { cookie, csrf } = await signInByCookie();
    t.equal((await ask({ cookie })).status, 200);
    for (const said of [{}, { 'x-original-method': 'GET' }, { 'x-forwarded-method': 'GET' }, { 'x-http-method-override': 'GET' }])
      for (const method of ['POST', 'DELETE'])
        t.equal((await ask({ cookie, ...said }, { method })).status, 403, `${method} ${JSON.stringify(said)}`);
    t.equal((await ask({ cookie, 'x-csrf-token': csrf }, { method: 'POST' })).status, 200);
    t.equal((await ask({ cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' }, { method: 'POST' })).status, 403);
  });

  await t.test('503 stays 503, while auth can’t tell and while it is gone', async (t) => {
    if (needsReal(t, 'faults')) {
      auth.redis.pause();
      const stale = await until(async () => {
        const answer = await ask(bearer);
        return answer.status === 200 ? null : answer;
      });
      t.ok(stale.headers.get('retry-after'));
      t.equal(await code(stale), '503 revocation_unavailable');
      auth.redis.resume();
      await until(async () => (await ask(bearer)).status === 200);
    }
    await auth.app.close();
    t.equal((await ask(bearer)).status, 503);
  });
}

/** Also with underscores and dots: CGI, WSGI, PHP and Rack can't tell `X_Auth_Roles` from `X-Auth-Roles`, nor PHP `X.Auth.Roles`. */
const IDENTITY = ['x-auth-subject', 'x-auth-client', 'x-auth-scope', 'x-auth-roles'];

/** `fetch` sends no Connection header of its caller's. */
function askNaming(named: string, url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { ...headers, connection: `close, ${named}` } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    sent.once('error', reject).end();
  });
}

function newest(seen: readonly Seen[]): Seen {
  const last = seen.at(-1);
  if (last === undefined) throw new Error('nothing came through');
  return last;
}
