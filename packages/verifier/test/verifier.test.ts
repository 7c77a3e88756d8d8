import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Problem } from '@countersign/problems';
import { testIssuer } from '@countersign/testing';
import fastifyJwt from '@fastify/jwt';
import Fastify, { type FastifyPluginAsync, type LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { type Guard, judgeFreshness, requireFresh, requireRole, requireScope } from '../src/guards.ts';
import { startKeySource } from '../src/keys/key-source.ts';
import { refuse } from '../src/refuse.ts';
import { createAuthStandIn } from '../src/testing.ts';
import { verifier } from '../src/verifier.ts';
import { nowSeconds } from './feed.ts';
import { createView, resourceServer } from './resource-server.ts';

function summary(response: LightMyRequestResponse): string {
  return response.statusCode < 400 ? String(response.statusCode) : `${response.statusCode} ${response.json().code}`;
}

t.test(
  'ASVS 7.2.1, 8.3.1: every route needs a token unless it says public, also one registered before the plugin, and 404 stays 404',
  async (t) => {
    const issuer = await testIssuer();
    const keys = startKeySource({ load: async () => ({ keys: issuer.jwks().keys, maxAgeSeconds: 300 }) });
    const app = Fastify();
    app.get('/before', async () => 'ok');
    app.register(verifier, { issuer: issuer.issuer, audience: ['urn:countersign:api'], keys, revocations: createView() });
    app.register(async (scope) => scope.get('/nested', async () => 'ok'));
    app.get('/open', { config: { public: true } }, async (request) => ({ user: request.user }));
    const authorization = `Bearer ${issuer.sign()}`;
    for (const url of ['/before', '/nested']) {
      t.equal(summary(await app.inject({ url })), '401 token_missing', url);
      t.equal(summary(await app.inject({ url, headers: { authorization } })), '200', url);
    }
    t.strictSame((await app.inject({ url: '/open' })).json(), { user: null });
    t.strictSame((await app.inject({ url: '/open', headers: { authorization: 'Bearer rubbish' } })).json(), { user: null });
    t.equal((await app.inject({ url: '/nowhere' })).statusCode, 404);
  },
);

t.test('a plain Fastify app answers a refusal with the problem document and the challenge', async (t) => {
  const { app, issuer } = await resourceServer({ resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource/x' });
  const response = await app.inject({ url: '/', headers: { authorization: `Bearer ${issuer.sign({ iss: 'x' })}` } });
  t.equal(response.headers['content-type'], 'application/problem+json');
  t.equal(response.headers['cache-control'], 'no-store');
  t.match(response.json(), { status: 401, code: 'token_invalid', type: 'urn:countersign:problem:token_invalid', request_id: String });
  t.equal(
    response.headers['www-authenticate'],
    'Bearer realm="countersign", error="invalid_token", error_description="The token was issued by another issuer.", ' +
      'resource_metadata="https://api.example/.well-known/oauth-protected-resource/x"',
  );
  const missing = await app.inject({ url: '/' });
  t.notMatch(missing.headers['www-authenticate'], /error=/, 'no error where no token was presented (RFC 6750, section 3.1)');
});

t.test('the Authorization header: one, Bearer in any case, one blank, one token', async (t) => {
  const { app, issuer } = await resourceServer();
  const token = issuer.sign();
  const headers = {
    [`Bearer ${token}`]: '200',
    [`bearer ${token}`]: '200',
    [`BEARER ${token}`]: '200',
    [`Bearer  ${token}`]: '401 token_malformed',
    Bearer: '401 token_malformed',
    'Bearer ': '401 token_malformed',
    [`Bearer ${token} ${token}`]: '401 token_malformed',
    [`Bearer ${token},Bearer ${token}`]: '401 token_malformed',
    [`Basic ${token}`]: '401 token_missing',
    [`Bearer\t${token}`]: '401 token_missing',
    [token]: '401 token_missing',
    '': '401 token_missing',
  };
  for (const [authorization, expected] of Object.entries(headers)) {
    t.equal(summary(await app.inject({ url: '/', headers: { authorization } })), expected, authorization.slice(0, 12));
  }
});

t.test('ASVS 15.3.7: two Authorization headers are refused, one is not', async (t) => {
  const { app, issuer } = await resourceServer();
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(() => app.close());
  const header = `Authorization: Bearer ${issuer.sign()}\r\n`;
  const send = async (headers: string) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
    return text(socket);
  };
  t.match(await send(header), /^HTTP\/1.1 200/);
  t.match(await send(`${header}If-None-Match: "x"\r\n`), /^HTTP\/1.1 200/, 'a name as long is another one');
  t.match(await send(header + header), /^HTTP\/1.1 401.*token_malformed/s);
  t.match(await send(`${header}authorization: Basic x\r\n`), /^HTTP\/1.1 401.*token_malformed/s);
});

t.test('a cookie: only a token made for one, the header first, never two, and safe methods free', async (t) => {
  const { app, issuer } = await resourceServer({ corsOrigins: ['https://app.example'] });
  const token = issuer.sign({ csrf: 'proof' });
  const cookie = `theme=dark; __Host-access=${token}; __Host-csrf=proof`;
  const cases: [string, Record<string, string>, 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'DELETE', string][] = [
    ['safe', { cookie }, 'GET', '200'],
    ['safe', { cookie }, 'HEAD', '200'],
    ['safe', { cookie }, 'OPTIONS', '200'],
    ['no proof', { cookie }, 'POST', '403 csrf_failed'],
    ['no proof', { cookie }, 'DELETE', '403 csrf_failed'],
    ['wrong proof', { cookie, 'x-csrf-token': 'prooF' }, 'POST', '403 csrf_failed'],
    ['a longer proof', { cookie, 'x-csrf-token': 'proofs' }, 'POST', '403 csrf_failed'],
    ['proof', { cookie, 'x-csrf-token': 'proof' }, 'POST', '200'],
    ['same origin', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-origin' }, 'POST', '200'],
    ['typed in', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'none' }, 'POST', '200'],
    ['cross site', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'cross-site' }, 'POST', '403 csrf_failed'],
    ['same site', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-site' }, 'POST', '403 csrf_failed'],
    [
      'same site, allowed origin',
      { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-site', origin: 'https://app.example' },
      'POST',
      '200',
    ],
    [
      'same site, other origin',
      { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-site', origin: 'https://evil.example' },
      'POST',
      '403 csrf_failed',
    ],
    ['nonsense site', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'x' }, 'POST', '403 csrf_failed'],
    ['a token without csrf', { cookie: `__Host-access=${issuer.sign()}` }, 'GET', '401 token_invalid'],
    ['two cookies', { cookie: `${cookie}; __Host-access=${token}` }, 'GET', '401 token_malformed'],
    ['an empty cookie', { cookie: '__Host-access=' }, 'GET', '401 token_missing'],
    ['another cookie', { cookie: `x__Host-access=${token}` }, 'GET', '401 token_missing'],
    ['a blank of Unicode, behind which a browser sees no prefix', { cookie: `\u00a0__Host-access=${token}` }, 'GET', '401 token_missing'],
    ['such a one beside a good cookie', { cookie: `${cookie}; \u00a0__Host-access=x` }, 'GET', '200'],
    ['a cookie of a longer name beside it', { cookie: `${cookie}; __Host-access2=x` }, 'GET', '200'],
    ['an empty header beside a good cookie', { cookie, authorization: '' }, 'GET', '401 token_missing'],
    ['a bad header beside a good cookie', { cookie, authorization: 'Bearer x' }, 'GET', '401 token_malformed'],
    ['another scheme beside a good cookie', { cookie, authorization: 'Basic x' }, 'GET', '401 token_missing'],
    ['a good header beside a bad cookie', { cookie: '__Host-access=x', authorization: `Bearer ${token}` }, 'POST', '200'],
  ];
  for (const [name, headers, method, expected] of cases) {
    t.equal(summary(await app.inject({ url: '/', method, headers })), expected, `${method} ${name}`);
  }
});

t.test('ASVS 10.3.4: guards refuse with the scope, the role and the age that are asked for', async (t) => {
  const { app, issuer } = await resourceServer();
  app.get('/scope', { onRequest: requireScope('books:read', 'books:write') }, async () => 'ok');
  app.get('/role', { onRequest: requireRole('admin') }, async () => 'ok');
  app.get('/fresh', { onRequest: requireFresh() }, async () => 'ok');
  app.get('/fresher', { onRequest: requireFresh(60) }, async () => 'ok');
  app.get('/public', { config: { public: true }, onRequest: requireScope('books:read') }, async () => 'ok');
  const now = nowSeconds();
  const cases: [string, object, string, RegExp?][] = [
    ['/scope', { scope: 'books:write x books:read' }, '200'],
    ['/scope', { scope: 'books:read' }, '403 insufficient_scope', /error="insufficient_scope", .*scope="books:read books:write"/],
    ['/scope', { scope: 'books:read books:writer' }, '403 insufficient_scope'],
    ['/scope', { scope: undefined }, '403 insufficient_scope'],
    ['/role', { roles: ['member', 'admin'] }, '200'],
    ['/role', { roles: ['administrator'] }, '403 insufficient_role', /error="insufficient_scope"/],
    ['/role', { roles: undefined }, '403 insufficient_role'],
    ['/fresh', { auth_time: now - 290 }, '200'],
    ['/fresh', { auth_time: now - 310 }, '401 reauthentication_required', /error="insufficient_user_authentication", max_age=300/],
    ['/fresh', { auth_time: undefined }, '401 reauthentication_required'],
    ['/fresher', { auth_time: now - 70 }, '401 reauthentication_required', /max_age=60/],
    ['/public', {}, '401 token_missing', /^Bearer realm/],
  ];
  for (const [url, claims, expected, challenge] of cases) {
    const response = await app.inject({ url, headers: { authorization: `Bearer ${issuer.sign({ ...claims })}` } });
    t.equal(summary(response), expected, `${url} ${JSON.stringify(claims)}`);
    if (challenge !== undefined) t.match(response.headers['www-authenticate'], challenge);
    if (expected !== '200') t.equal(response.headers['content-type'], 'application/problem+json');
  }
});

t.test(
  'ASVS 16.5.3: while revocation is not known well enough: 503, or acceptance where that was chosen, and never for what is revoked',
  async (t) => {
    const { app, issuer, view } = await resourceServer();
    app.get('/lenient', { config: { onStale: 'accept' } }, async () => 'ok');
    const lenient = await resourceServer({ onStale: 'accept' });
    lenient.app.get('/strict', { config: { onStale: 'reject' } }, async () => 'ok');
    view.fresh = false;
    lenient.view.fresh = false;
    for (const claims of [{}, { jti: 'again' }, { jti: 'again' }]) {
      const headers = { authorization: `Bearer ${issuer.sign(claims)}` };
      const response = await app.inject({ url: '/', headers });
      t.equal(summary(response), '503 revocation_unavailable');
      t.ok(Number(response.headers['retry-after']) >= 1);
      t.equal(summary(await app.inject({ url: '/lenient', headers })), '200');
      const other = { authorization: `Bearer ${lenient.issuer.sign(claims)}` };
      t.equal(summary(await lenient.app.inject({ url: '/', headers: other })), '200');
      t.equal(summary(await lenient.app.inject({ url: '/strict', headers: other })), '503 revocation_unavailable');
    }
    for (const server of [{ app, issuer, view }, lenient]) {
      server.view.revoked.add({ kind: 'jti', id: 'out', expiresAt: nowSeconds() + 900, before: null });
      const headers = { authorization: `Bearer ${server.issuer.sign({ jti: 'out' })}` };
      t.equal(summary(await server.app.inject({ url: '/', headers })), '401 token_revoked');
    }
  },
);

t.test('without any key set ever loaded a token gets 503 unavailable, and what has no form still 401', async (t) => {
  const issuer = await testIssuer();
  const keys = startKeySource({
    load: async () => {
      throw new Error('down');
    },
  });
  t.teardown(() => keys.close());
  const { call } = await resourceServer({ issuerOf: issuer, keys });
  t.equal(await call(issuer.sign()), '503 unavailable');
  t.equal(await call('x'), '401 token_malformed');
});

t.test('a view that answers later is waited for', async (t) => {
  const view = createView();
  const slow = { ...view, isRevoked: async ({ claims }: { claims: { jti: string } }) => claims.jti === 'out' };
  const { call, issuer } = await resourceServer({ revocations: slow });
  t.equal(await call(issuer.sign()), '200');
  t.equal(await call(issuer.sign({ jti: 'out' })), '401 token_revoked');
});

t.test('a view that fails is answered with 503, however it fails and whoever asks it', async (t) => {
  const fail = () => {
    throw new Error('database is gone');
  };
  for (const failing of [{ isRevoked: async () => fail() }, { isRevoked: fail }, { isKidRevoked: fail }, { isFresh: fail }]) {
    const { app, call, issuer } = await resourceServer({ revocations: { ...createView(), ...failing } });
    app.setErrorHandler((error, request, reply) => (error instanceof Problem ? refuse(request, reply, error) : reply.send(error)));
    app.get('/maybe', { config: { public: true } }, async (request) => await request.jwtVerify());
    t.equal(await call(issuer.sign()), '503 unavailable');
    const headers = { authorization: `Bearer ${issuer.sign()}` };
    t.match((await app.inject({ url: '/maybe', headers })).json(), { status: 503, code: 'unavailable' });
  }
});

t.test('a token that is revoked before the body has come is refused, whatever the body says', async (t) => {
  const { app, issuer, view } = await resourceServer();
  let whenJudged = () => {};
  app.addHook('preParsing', async () => whenJudged());
  const send = async (jti: string, beforeItEnds: () => void) => {
    const payload = new PassThrough();
    payload.write('{');
    whenJudged = () => {
      beforeItEnds();
      payload.end('}');
    };
    const headers = { authorization: `Bearer ${issuer.sign({ jti })}`, 'content-type': 'application/json' };
    return summary(await app.inject({ method: 'POST', url: '/', headers, payload }));
  };
  t.equal(await send('good', () => {}), '200');
  const revoke = () => view.revoked.add({ kind: 'jti', id: 'out', expiresAt: nowSeconds() + 60, before: null });
  t.equal(await send('out', revoke), '401 token_revoked');
});

t.test('what a hook of the app has added to request.user is there when a change is carried out', async (t) => {
  const { app, issuer } = await resourceServer();
  app.addHook('onRequest', async (request) => {
    request.user = { ...request.user, sub: `tenant-1:${request.user.sub}` };
  });
  app.post('/change', async (request) => request.user.sub);
  const headers = { authorization: `Bearer ${issuer.sign({ sub: 'ada' })}` };
  t.equal((await app.inject({ method: 'POST', url: '/change', headers })).body, 'tenant-1:ada');
});

t.test('request.jwtVerify() on a public route follows the same rules, with the same refusals', async (t) => {
  const { app, issuer, view } = await resourceServer();
  app.get('/maybe', { config: { public: true } }, async (request) => {
    await request.jwtVerify();
    return { sub: request.user.sub, frozen: Object.isFrozen(request.user) };
  });
  const ask = (authorization: string) => app.inject({ url: '/maybe', headers: { authorization } });
  t.strictSame((await ask(`Bearer ${issuer.sign({ sub: 'me' })}`)).json(), { sub: 'me', frozen: true });
  view.revoked.add({ kind: 'sid', id: 'out', expiresAt: nowSeconds() + 900, before: null });
  const refused = {
    token_missing: 'Basic x',
    token_malformed: 'Bearer x',
    token_invalid: `Bearer ${issuer.sign({}, { typ: 'JWT' })}`,
    token_wrong_audience: `Bearer ${issuer.sign({ aud: 'urn:x' })}`,
    token_expired: `Bearer ${issuer.sign({ iat: nowSeconds() - 100, exp: nowSeconds() - 10 })}`,
    token_revoked: `Bearer ${issuer.sign({ sid: 'out' })}`,
  };
  for (const [code, authorization] of Object.entries(refused)) t.match((await ask(authorization)).json(), { statusCode: 401, code });
  await t.rejects(Promise.resolve(app.jwt.verify(issuer.sign())), 'app.jwt.verify() knows nothing of revocation, so it isn’t offered');
});

t.test('a refusal that a service throws or returns by itself can be answered as the guards answer theirs', async (t) => {
  const { app, issuer } = await resourceServer();
  app.setErrorHandler((error, request, reply) => (error instanceof Problem ? refuse(request, reply, error) : reply.send(error)));
  app.get('/thrown', { config: { public: true } }, async (request) => {
    await request.jwtVerify();
    return 'ok';
  });
  app.get('/returned', async (request, reply) => {
    const refusal = judgeFreshness(request.user);
    return refusal === null ? 'ok' : refuse(request, reply, refusal);
  });
  app.get('/guarded', { onRequest: requireFresh() }, async () => 'ok');
  app.get('/broken', async () => {
    throw new Error('no Problem');
  });
  const ask = (url: string, token: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  const told = ({ statusCode, headers, json }: Awaited<ReturnType<typeof ask>>) => {
    const { request_id: _, ...document } = json<{ request_id: string; code: string }>();
    return { statusCode, document, type: headers['content-type'], challenge: headers['www-authenticate'] };
  };
  const old = issuer.sign({ auth_time: 1 });
  t.strictSame(told(await ask('/thrown', 'x')), told(await ask('/guarded', 'x')));
  t.strictSame(told(await ask('/returned', old)), told(await ask('/guarded', old)));
  t.equal(told(await ask('/returned', old)).document.code, 'reauthentication_required');
  t.equal((await ask('/thrown', issuer.sign())).statusCode, 200);
  t.equal((await ask('/returned', issuer.sign())).statusCode, 200);
  t.equal((await ask('/broken', issuer.sign())).statusCode, 500);
});

t.test('scopes side by side may each have a verifier of their own, and a scope within another one not', async (t) => {
  const [ours, theirs] = [await testIssuer(), await testIssuer({ issuer: 'https://auth.example.com' })];
  const optionsFor = ({ issuer, jwks }: typeof ours) => ({
    issuer,
    audience: 'urn:countersign:api',
    keys: startKeySource({ load: async () => ({ keys: jwks().keys, maxAgeSeconds: 300 }) }),
    revocations: createView(),
  });
  const app = Fastify();
  for (const [prefix, issuer] of Object.entries({ '/ours': ours, '/theirs': theirs })) {
    const scoped: FastifyPluginAsync = async (scope) => {
      await scope.register(verifier, optionsFor(issuer));
      scope.get('/', async (request) => request.user.iss);
    };
    await app.register(scoped, { prefix });
  }
  app.get('/neither', async () => 'ok');
  const ask = async (url: string, { sign }: typeof ours) =>
    (await app.inject({ url, headers: { authorization: `Bearer ${sign()}` } })).statusCode;
  t.equal(await ask('/ours', ours), 200);
  t.equal(await ask('/theirs', theirs), 200);
  t.equal(await ask('/ours', theirs), 401);
  t.equal(await ask('/theirs', ours), 401);
  t.equal((await app.inject({ url: '/neither' })).statusCode, 200);

  const { app: outer, issuer } = await resourceServer();
  const inner: FastifyPluginAsync = async (scope) => await scope.register(verifier, optionsFor(issuer));
  await t.rejects(Promise.resolve(outer.register(inner)), /register only one of them, once, in a scope/);
});

t.test('an app that has a @fastify/jwt of its own already is told so, whatever that calls its decorators', async (t) => {
  const options = { ...createAuthStandIn().options, audience: 'urn:countersign:api' };
  for (const own of [{}, { namespace: 'legacy' }, { namespace: 'legacy', decoratorName: 'legacyUser' }, { decoratorName: 'legacyUser' }]) {
    const app = Fastify();
    await app.register(fastifyJwt, { secret: 'of-another-kind-of-token', ...own });
    await t.rejects(Promise.resolve(app.register(verifier, options)), /already exists, from the verifier or from another plugin/);
  }
});

t.test('guards and refusals fit an app whose logger has a type of its own', async (t) => {
  const auth = createAuthStandIn();
  const loggerInstance = Object.assign(Fastify({ logger: { level: 'silent' } }).log, { notice: () => {} });
  const app = Fastify({ loggerInstance });
  await app.register(verifier, { ...auth.options, audience: 'urn:countersign:api' });
  app.setErrorHandler((error, request, reply) => (error instanceof Problem ? refuse(request, reply, error) : reply.send(error)));
  app.get('/', { onRequest: [requireScope('books:read'), requireFresh()] }, async (request) => request.user.sub);
  const ask = (token: string) => app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } });
  t.equal(summary(await ask(auth.token({ scope: 'books:read' }))), '200');
  t.equal(summary(await ask(auth.token())), '403 insufficient_scope');
});

t.test('where the verifier isn’t registered, a guard says so, and a refusal can be answered all the same', async (t) => {
  const app = Fastify();
  app.get('/guarded', { onRequest: requireScope('books:read') }, async () => 'ok');
  app.get('/refused', (request, reply) => refuse(request, reply, new Problem('forbidden')));
  t.match((await app.inject({ url: '/guarded' })).json(), { statusCode: 500, message: /the verifier isn’t registered/ });
  t.match((await app.inject({ url: '/refused' })).json(), { status: 403, code: 'forbidden' });
});

t.test('ASVS 15.4.1: claims are frozen to the bottom, and the same object for every request with the token', async (t) => {
  const { app, issuer } = await resourceServer();
  const seen: unknown[] = [];
  app.get('/seen', async (request) => {
    seen.push(request.user);
    return 'ok';
  });
  const headers = { authorization: `Bearer ${issuer.sign({ act: { sub: 'c-1' } })}` };
  await app.inject({ url: '/seen', headers });
  await app.inject({ url: '/seen', headers });
  t.equal(seen[0], seen[1]);
  const claims = seen[0] as { roles: string[]; act: object };
  t.ok(Object.isFrozen(claims) && Object.isFrozen(claims.roles) && Object.isFrozen(claims.act));
});

t.test('one audience may be given as a string, and is the whole of it', async (t) => {
  const { call, issuer } = await resourceServer({ audience: 'urn:countersign:api' });
  t.equal(await call(issuer.sign()), '200');
  const longer = await resourceServer({ audience: 'urn:countersign:api:v2', issuerOf: issuer });
  t.equal(await longer.call(issuer.sign()), '401 token_wrong_audience');
});

t.test('where several audiences are accepted, a token for any one of them is', async (t) => {
  const audience = ['urn:countersign:api', 'urn:countersign:books'];
  const { call, issuer } = await resourceServer({ audience });
  for (const aud of audience)
    t.strictSame([await call(issuer.sign({ aud })), await call(issuer.sign({ aud: [aud] }))], ['200', '200'], aud);
  t.equal(await call(issuer.sign({ aud: 'urn:countersign:worker' })), '401 token_wrong_audience');
});

t.test('a guard that would admit everyone, or no one, is refused when it is made', async (t) => {
  const message = /requireScope takes each scope as an argument of its own/;
  t.throws(() => requireScope(), message);
  t.throws(() => requireScope('books:read books:write'), message);
  t.throws(() => requireScope('books:read', ''), message);
  t.throws(() => requireScope(...([['books:read', 'books:write']] as unknown as string[])), message);
  t.throws(() => requireScope(...([undefined] as unknown as string[])), message);
  t.doesNotThrow(() => requireScope('books:read', 'books:write'));
  for (const role of [undefined, '', ['admin']]) t.throws(() => requireRole(role as string), /requireRole takes the name of one role/);
  t.doesNotThrow(() => requireRole('admin'));
  for (const age of ['5m', Number.NaN, 0, -1]) t.throws(() => requireFresh(age as number), /requireFresh takes a number of seconds/);
  t.doesNotThrow(() => requireFresh(60));
});

t.test('a guard that wasn’t made, as in onRequest: requireScope, refuses without telling the token', async (t) => {
  for (const guard of [requireScope, requireRole, requireFresh]) {
    const { app, issuer } = await resourceServer();
    app.get(`/${guard.name}`, { onRequest: guard as unknown as Guard }, async () => 'ok');
    const token = issuer.sign();
    const response = await app.inject({ url: `/${guard.name}`, headers: { authorization: `Bearer ${token}` } });
    t.match(response.json(), { statusCode: 500, message: `${guard.name} takes` });
    t.notOk(response.body.includes(token));
  }
});

t.test('an option without which too much would be accepted, or nothing, is refused at start', async (t) => {
  const redis = { xread: () => null };
  for (const [options, message] of [
    [{ issuer: undefined }, /issuer must be/],
    [{ issuer: '' }, /issuer must be/],
    [{ issuer: 'auth.example.com' }, /issuer must be/],
    [{ issuer: 'localhost:8080' }, /issuer must be/],
    [{ audience: undefined }, /audience must name/],
    [{ audience: [] }, /audience must name/],
    [{ audience: [''] }, /audience must name/],
    [{ audience: ['urn:countersign:api', undefined] }, /audience must name/],
    [{ algorithms: [] }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ algorithms: ['HS256'] }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ algorithms: ['EdDSA', 'HS256'] }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ algorithms: 'EdDSA' }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ clockToleranceSeconds: '5' }, /clockToleranceSeconds must be a number, at least 0/],
    [{ clockToleranceSeconds: Number.NaN }, /clockToleranceSeconds must be a number, at least 0/],
    [{ clockToleranceSeconds: -1 }, /clockToleranceSeconds must be a number, at least 0/],
    [{ revocations: undefined }, /revocations must be/],
    [{ revocations: {} }, /revocations must be/],
    [{ revocations: { redis: undefined } }, /revocations must be/],
    [{ revocations: { redis: 'redis://localhost' } }, /revocations must be/],
    [{ revocations: { isRevoked: () => false } }, /revocations must be/],
    [{ revocations: { redis, maxStalenessSeconds: Number.NaN } }, /maxStalenessSeconds must be a number above 0/],
    [{ revocations: { redis, maxSilenceSeconds: '900' } }, /maxSilenceSeconds must be a number above 0/],
    [{ keys: null }, /keys must be/],
    [{ keys: {} }, /keys must be/],
    [{ keys: 'https://auth.example.com/.well-known/jwks.json' }, /keys must be/],
    [{ keys: { url: undefined } }, /keys must be/],
    [{ keys: { url: 'jwks.json' } }, /keys must be/],
    [{ keys: { url: 'localhost:8080/jwks.json' } }, /keys must be/],
    [{ keys: { url: 'https://auth.example.com/', timeoutMs: '2s' } }, /timeoutMs must be a number above 0/],
    [{ keys: { url: 'https://auth.example.com/', timeoutMs: Number.POSITIVE_INFINITY } }, /timeoutMs must be at most 2147483647/],
    [{ keys: { url: 'https://auth.example.com/', cooldownSeconds: '10' } }, /cooldownSeconds must be a number above 0/],
    [{ onStale: 'ignore' }, /onStale must be reject or accept/],
    [{ corsOrigins: 'https://app.example.com' }, /corsOrigins must be a list of origins/],
    [{ corsOrigins: ['https://app.example.com/'] }, /corsOrigins must be a list of origins/],
  ] as const)
    await t.rejects(resourceServer(options as object), message, JSON.stringify(options));
  await t.resolves(resourceServer({ clockToleranceSeconds: 0 }), 'no tolerance at all is one');
  await t.resolves(resourceServer({ corsOrigins: ['https://app.example.com', 'http://localhost:3000'], onStale: 'accept' }));
});

t.test(
  'audiences that stand in one string, separated by commas as in a variable, are refused at start, and a comma in a list is not',
  async (t) => {
    const audience = 'urn:countersign:api,urn:countersign:orders';
    await t.rejects(resourceServer({ audience }), /audience has a comma: write several audiences as a list, \['a', 'b'\]/);
    const { call, issuer } = await resourceServer({ audience: ['https://api.example.com/a,b'] });
    t.equal(await call(issuer.sign({ aud: 'https://api.example.com/a,b' })), '200');
    t.equal(await call(issuer.sign({ aud: 'https://api.example.com/a' })), '401 token_wrong_audience');
  },
);

t.test(
  'a slash at the end of the issuer, which auth never has, is refused at start beside its Redis, and another issuer may have one',
  async (t) => {
    const issuer = 'https://auth.example.com/';
    const redis = { xread: () => null };
    await t.rejects(resourceServer({ issuer, revocations: { redis } } as object), /issuer must not end in a slash/);
    const { call, issuer: other } = await resourceServer({ issuer });
    t.equal(await call(other.sign({ iss: issuer })), '200');
  },
);

t.test('more tolerance than a revocation outlives its tokens is refused at start', async (t) => {
  await t.rejects(resourceServer({ clockToleranceSeconds: 61 }), /clockToleranceSeconds must be at most 60/);
  await t.resolves(resourceServer({ clockToleranceSeconds: 60 }));
});
