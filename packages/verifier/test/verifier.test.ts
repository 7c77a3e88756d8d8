import { testIssuer } from '@countersign/testing';
import fastifyJwt from '@fastify/jwt';
import Fastify, { type FastifyPluginAsync } from 'fastify';
import t from 'tap';
import { startKeySource } from '../src/keys/key-source.ts';
import { createAuthStandIn } from '../src/testing.ts';
import { verifier } from '../src/verifier.ts';
import { nowSeconds } from './feed.ts';
import { createView, resourceServer, summary } from './resource-server.ts';

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

t.test(
  'a view and a key source of one’s own are asked, even if they have a `redis` and a `url` of theirs, as those that look up do',
  async (t) => {
    const auth = createAuthStandIn();
    const revocations = { ...auth.options.revocations, redis: { xread: () => null }, isRevoked: () => true };
    const keys = { ...auth.options.keys, url: 'https://auth.example.com/.well-known/jwks.json' };
    const app = Fastify();
    await app.register(verifier, { ...auth.options, audience: 'urn:countersign:api', keys, revocations });
    app.get('/', async () => 'ok');
    t.equal(summary(await app.inject({ url: '/', headers: { authorization: `Bearer ${auth.token()}` } })), '401 token_revoked');
    t.strictSame([app.verifier.keys, app.verifier.revocations], [keys, revocations]);
  },
);

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
