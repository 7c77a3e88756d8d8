import { once } from 'node:events';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { Problem } from '@countersign/problems';
import Fastify from 'fastify';
import t from 'tap';
import { type Guard, judgeFreshness, requireFresh, requireRole, requireScope } from '../src/guards.ts';
import { refuse } from '../src/refuse.ts';
import { createAuthStandIn } from '../src/testing.ts';
import { verifier } from '../src/verifier.ts';
import { nowSeconds } from './feed.ts';
import { resourceServer, summary } from './resource-server.ts';

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

t.test('where nobody is signed in, nobody has proved a password lately, and the refusal says that a token is missing', async (t) => {
  t.match(judgeFreshness(null), { code: 'token_missing' });
  const { issuer } = await resourceServer();
  t.equal(judgeFreshness({ ...issuer.claims(), auth_time: nowSeconds() }), null);
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
  t.throws(() => requireRole('admin', ...(['editor'] as never[])), /requireRole takes the name of one role, but got: admin, editor/);
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

t.test('where the verifier isn’t registered, a guard says so, and a refusal can be answered all the same', async (t) => {
  const app = Fastify();
  app.get('/guarded', { onRequest: requireScope('books:read') }, async () => 'ok');
  app.get('/refused', (request, reply) => refuse(request, reply, new Problem('forbidden')));
  t.match((await app.inject({ url: '/guarded' })).json(), { statusCode: 500, message: /the verifier isn’t registered/ });
  t.match((await app.inject({ url: '/refused' })).json(), { status: 403, code: 'forbidden' });
});

// The compiler checks these titles: both apps have types that differ from those of a plain one.
t.test('guards and refusals fit an app that speaks HTTP/2', async (t) => {
  const auth = createAuthStandIn();
  const app = Fastify({ http2: true });
  await app.register(verifier, { ...auth.options, audience: 'urn:countersign:api' });
  app.setErrorHandler((error, request, reply) => (error instanceof Problem ? refuse(request, reply, error) : reply.send(error)));
  app.get('/', { onRequest: [requireScope('books:read'), requireFresh()] }, async (request) => request.user.sub);
  t.teardown(() => app.close());
  const session = connect(await app.listen({ port: 0, host: '127.0.0.1' }));
  t.teardown(() => session.close());
  const ask = async (token: string) => {
    const stream = session.request({ ':path': '/', authorization: `Bearer ${token}` });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    return { status: headers[':status'], body: await text(stream) };
  };
  t.match(await ask(auth.token({ scope: 'books:read' })), { status: 200, body: 'user' });
  t.match(await ask(auth.token()), { status: 403, body: /"insufficient_scope"/ });
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
