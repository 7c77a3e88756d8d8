import Fastify from 'fastify';
import t from 'tap';
import { requireFresh, requireRole, requireScope } from '../src/guards.ts';
import { createAuthStandIn } from '../src/testing.ts';
import { verifier } from '../src/verifier.ts';

const auth = createAuthStandIn();
const app = Fastify();
await app.register(verifier, { ...auth.options, audience: 'urn:countersign:api' });
app.get('/', async (request) => request.user);
app.get('/scope', { onRequest: requireScope('orders:read') }, async () => '');
app.get('/role', { onRequest: requireRole('admin') }, async () => '');
app.get('/fresh', { onRequest: requireFresh() }, async () => '');
app.get('/stale', { config: { onStale: 'accept' } }, async () => '');
t.teardown(() => app.close());

const call = async (token: string, url = '/') => {
  const response = await app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  return response.statusCode === 200 ? '200' : `${response.statusCode} ${response.json().code}`;
};

t.test('a test gets tokens with the claims that it asks for, from the first request on', async (t) => {
  t.equal(await call(auth.token()), '200');
  const { payload } = await app.inject({ url: '/', headers: { authorization: `Bearer ${auth.token({ sub: 'ada', scope: 'a b' })}` } });
  t.match(JSON.parse(payload), { sub: 'ada', scope: 'a b', iss: auth.options.issuer });
});

t.test('each guard can be seen to refuse and to admit', async (t) => {
  const token = auth.token();
  t.equal(await call(token, '/scope'), '403 insufficient_scope');
  t.equal(await call(auth.token({ scope: 'orders:read' }), '/scope'), '200');
  t.equal(await call(token, '/role'), '403 insufficient_role');
  t.equal(await call(auth.token({ roles: ['admin'] }), '/role'), '200');
  t.equal(await call(auth.token({ auth_time: 1 }), '/fresh'), '401 reauthentication_required');
  t.equal(await call(token, '/fresh'), '200');
});

t.test('a token of another stand-in, for another service or past its end is refused', async (t) => {
  t.equal(await call(createAuthStandIn().token()), '401 token_invalid');
  t.equal(await call(auth.token({ aud: 'urn:countersign:books' })), '401 token_wrong_audience');
  t.equal(await call(auth.token({ iat: 1, exp: 2 })), '401 token_expired');
});

t.test('a revoked token is refused, and no other', async (t) => {
  const [token, other] = [auth.token(), auth.token()];
  t.equal(await call(token), '200');
  auth.revoke(token);
  t.equal(await call(token), '401 token_revoked');
  t.equal(await call(other), '200');
  for (const foreign of [
    'opaque',
    createAuthStandIn('https://other.example.com')
      .token()
      .replace(/^[^.]*/, 'e30'),
  ])
    t.throws(() => auth.revoke(foreign), /revoke takes a token of this stand-in/);
});

t.test('while revocation status is unknown, each route does as its onStale says', async (t) => {
  const token = auth.token();
  auth.setStale(true);
  t.equal(await call(token), '503 revocation_unavailable');
  t.equal(await call(token, '/stale'), '200');
  auth.setStale(false);
  t.equal(await call(token), '200');
});
