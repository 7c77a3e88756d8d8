import { eq } from 'drizzle-orm';
import t from 'tap';
import { audit, revocations } from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth, type TestClient } from './started-auth.ts';

const auth = await startedAuth(t);
const gateway = await auth.addClient({ scopes: ['introspect'] });
const client = await auth.addClient();
const ofPeople = { client_id: 'first-party' };
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const introspect = (token: string, basic: TestClient = gateway) => auth.post('/oauth/introspect', { token }, { basic });
const clientToken = async (basic: TestClient = client) =>
  String((await auth.post('/oauth/token', { grant_type: 'client_credentials' }, { basic })).body.access_token);
const inactive = { status: 200, body: { active: false } };

t.test('a good access token is active, with its claims', async (t) => {
  const { access_token } = await auth.signIn();
  const { status, headers, body } = await introspect(access_token);
  t.equal(status, 200);
  t.equal(headers.get('cache-control'), 'no-store');
  t.strictSame(body, { active: true, token_type: 'Bearer', ...claimsOf(access_token) });
  t.match(await introspect(await clientToken()), { status: 200, body: { active: true, sub: client.id } });
});

t.test('what is revoked, ended, forged or no access token is inactive, and nothing else is said', async (t) => {
  const { access_token, refresh_token } = await auth.signIn();
  const forged = `${access_token.slice(0, -8)}AAAAAAAA`;
  for (const token of [refresh_token, forged, 'abc', '\0', 'x'.repeat(10_000)])
    t.strictSame((await introspect(token)).body, { active: false });
  t.match(await introspect(access_token), { body: { active: true } });
  await auth.post('/oauth/revoke', { token: refresh_token, ...ofPeople });
  t.strictSame((await introspect(access_token)).body, { active: false });
});

t.test('ASVS 10.4.10: only clients with the scope introspect may ask', async (t) => {
  const token = await clientToken();
  t.match(await introspect(token, client), { status: 403, body: { error: 'insufficient_scope' } });
  t.match(await introspect(token, { id: gateway.id, secret: client.secret }), { status: 401, body: { error: 'invalid_client' } });
  t.match(await auth.post('/oauth/introspect', { token, ...ofPeople }), { status: 401 });
  t.match(await auth.post('/oauth/introspect', {}, { basic: gateway }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await introspect(token), { status: 200 });
});

t.test('revoking an access token ends it alone, from the answer on; again is no fault', async (t) => {
  const { access_token, refresh_token } = await auth.signIn();
  t.match(await auth.me(access_token), { status: 200 });
  const revoked = await auth.post('/oauth/revoke', { token: access_token, token_type_hint: 'access_token', ...ofPeople });
  t.strictSame([revoked.status, revoked.headers.get('cache-control')], [200, 'no-store']);
  t.match(await auth.me(access_token), { status: 401, body: { code: 'token_revoked' } });
  t.match(await introspect(access_token), inactive);
  t.match(await auth.post('/oauth/revoke', { token: access_token, ...ofPeople }), { status: 200 });
  const entries = await auth.db
    .select()
    .from(revocations)
    .where(eq(revocations.id, claimsOf(access_token).jti));
  t.equal(entries.length, 1);
  const twin = await auth.post('/oauth/token', { grant_type: 'refresh_token', refresh_token, ...ofPeople });
  t.match(await auth.me(String(twin.body.access_token)), { status: 200 }, 'the session goes on');
});

t.test('revoking a refresh token ends its session and all its access tokens', async (t) => {
  const { access_token, refresh_token } = await auth.signIn();
  t.match(
    await auth.post('/oauth/revoke', { token: refresh_token, token_type_hint: 'access_token', ...ofPeople }),
    { status: 200 },
    'a wrong hint is no matter',
  );
  t.match(await auth.me(access_token), { status: 401, body: { code: 'token_revoked' } });
  t.match(await auth.post('/oauth/token', { grant_type: 'refresh_token', refresh_token, ...ofPeople }), { status: 400 });
  const rows = await auth.db
    .select()
    .from(audit)
    .where(eq(audit.subject, String(claimsOf(access_token).sid)));
  t.ok(rows.some(({ event }) => event === 'logout'));
});

t.test('a client revokes its own tokens, and is told of one that is another client’s, which goes on', async (t) => {
  const person = await auth.signIn();
  const theirs = await clientToken(await auth.addClient());
  const refused = { status: 400, body: { error: 'invalid_grant', error_description: 'The token was issued to another client.' } };
  for (const token of [theirs, person.access_token, person.refresh_token])
    t.match(await auth.post('/oauth/revoke', { token }, { basic: client }), refused);
  t.match(await auth.post('/oauth/revoke', { token: theirs, ...ofPeople }), refused, 'nor does the public client revoke it');
  t.match(await introspect(theirs), { body: { active: true } });
  t.match(await auth.me(person.access_token), { status: 200 });
  t.match(await auth.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: person.refresh_token, ...ofPeople }), {
    status: 200,
  });
  const mine = await clientToken();
  for (const token of ['unknown', 'cs_rt_x', mine, mine])
    t.match(await auth.post('/oauth/revoke', { token }, { basic: client }), { status: 200, body: {} });
  t.match(await introspect(mine), inactive);
});

t.test('ASVS 10.4.10: who revokes must be known, and must say what', async (t) => {
  const token = await clientToken();
  t.match(await auth.post('/oauth/revoke', { token }), { status: 401, body: { error: 'invalid_client' } });
  t.match(await auth.post('/oauth/revoke', { token, client_id: client.id }), { status: 401 });
  t.match(await auth.post('/oauth/revoke', {}, { basic: client }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await auth.post('/oauth/revoke', `token=${token}&token=${token}`, { basic: client }), { status: 400 });
  t.match(await introspect(token), { body: { active: true } });
  t.match(await auth.post('/oauth/revoke', { token }, { basic: client }), { status: 200 });
  t.match(await introspect(token), inactive);
});

t.test('tokens that are revoked at the same time have an entry and a record each, also when they come twice', async (t) => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => clientToken()));
  const twice = [...tokens, ...tokens];
  const answers = await Promise.all(twice.map((token) => auth.post('/oauth/revoke', { token }, { basic: client })));
  t.ok(answers.every(({ status }) => status === 200));
  for (const token of tokens) {
    const { jti, exp } = claimsOf(token);
    const entries = await auth.db
      .select()
      .from(revocations)
      .where(eq(revocations.id, String(jti)));
    t.match(entries, [{ kind: 'jti', expiresAt: Number(exp) + 60, before: null }]);
    const records = await auth.db
      .select()
      .from(audit)
      .where(eq(audit.subject, String(jti)));
    t.match(records, [{ event: 'token_revoked', actor: client.id, ip: '127.0.0.1', requestId: /./ }]);
    t.equal(entries.length, 1);
    t.equal(records.length, 1);
  }
});

t.test('who says to be the public client and proves something is held to the proof', async (t) => {
  const { access_token } = await auth.signIn();
  for (const proof of [{ client_secret: client.secret }, { client_assertion: 'a.b.c', client_assertion_type: JWT_BEARER }])
    t.match(await auth.post('/oauth/revoke', { token: access_token, ...ofPeople, ...proof }), {
      status: 401,
      body: { error: 'invalid_client' },
    });
  t.match(await auth.post('/oauth/revoke', { token: access_token, ...ofPeople }, { basic: client }), { status: 400 });
  t.match(await auth.me(access_token), { status: 200 });
  t.match(await auth.post('/oauth/revoke', { token: access_token, ...ofPeople }), { status: 200 });
  t.match(await auth.me(access_token), { status: 401 });
});
