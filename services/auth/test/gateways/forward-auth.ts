import { request } from 'node:http';
import { needsReal, until } from '@countersign/testing';
import type { Test } from 'tap';
import { roleScopes, roles, userRoles } from '../../src/stores/schema.ts';
import { type GatewayProgram, gatewayStack, type Seen } from './gateway-stack.ts';

/** What the document promises of a gateway, asked of a real one. */
export async function holdsForwardAuth(t: Test, program: GatewayProgram): Promise<void> {
  if (!needsReal(t, program.name)) return;
  const stack = await gatewayStack(t, program, { REVOCATION_MAX_STALENESS_SECONDS: '3' });
  const { auth, url, token, seen, signInByCookie } = stack;
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

  await t.test('the service learns where a request came from, and not what the client says of it', async (t) => {
    t.equal((await ask({ ...bearer, 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' })).status, 200);
    const { host } = new URL(url);
    t.match(newest(seen).headers, { host, 'x-forwarded-for': /^127\.0\.0\.1$/, 'x-forwarded-proto': /^http$/ });
  });

  await t.test('a WebSocket opens for a good token only, and no other protocol is passed on', async (t) => {
    t.equal(await askToUpgrade('websocket', url, {}), 401);
    t.equal(await askToUpgrade('websocket', url, bearer), 101);
    t.match(newest(seen).headers, { upgrade: 'websocket', 'x-auth-client': 'first-party' });
    t.equal(await askToUpgrade('h2c', url, bearer), 200);
  });

  await t.test('a preflight is refused, unless the configuration lets it through, and then without anyone’s identity', async (t) => {
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST', 'x-auth-subject': 'forged' };
    const options = { method: 'OPTIONS' };
    t.equal((await ask(preflight, options)).status, 401);
    const lenient = await stack.startWithPreflights();
    t.equal((await fetch(lenient, { ...options, headers: preflight })).status, 200);
    t.match(newest(seen), { method: 'OPTIONS', headers: { origin: 'https://app.example' } });
    for (const name of IDENTITY) t.notOk(newest(seen).headers[name], name);
    const others = [
      { ...options, headers: { origin: 'https://app.example' } },
      { method: 'POST', headers: preflight },
    ];
    for (const init of others) t.equal((await fetch(lenient, init)).status, 401, init.method);
    t.equal((await fetch(lenient, { headers: bearer })).status, 200);
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

  await t.test('headers that are too long for auth are the client’s fault', async (t) => {
    t.equal(await code(await ask({ authorization: `Bearer ${'a'.repeat(8192)}` })), '401 token_malformed', 'auth sees 8 KiB');
    for (const kib of [2, 8, 12, 13, 14, 15, 16, 17, 24, 40]) {
      const lines = Object.fromEntries(Array.from({ length: kib }, (_, index) => [`x-line-${index}`, 'a'.repeat(1000)]));
      for (const padding of [{ 'x-line': 'a'.repeat(kib * 1024) }, lines]) {
        const { status } = await ask({ ...bearer, ...padding });
        t.ok(status === 200 || status === 400 || status === 431, `${kib} KiB: ${status}`);
      }
    }
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

  await t.test('503 stays 503, while auth can’t tell, while it is gone and while it is silent', async (t) => {
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
    await stack.startSilentAuth();
    const unanswered = await ask(bearer, { signal: AbortSignal.timeout(15_000) });
    t.equal(unanswered.status, 503);
    t.ok(unanswered.headers.get('retry-after'));
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

/** Which `fetch` can't ask for. */
function askToUpgrade(upgrade: string, url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { ...headers, connection: 'Upgrade', upgrade } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    sent.once('upgrade', ({ statusCode }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    sent.once('error', reject).end();
  });
}

function newest(seen: readonly Seen[]): Seen {
  const last = seen.at(-1);
  if (last === undefined) throw new Error('nothing came through');
  return last;
}
