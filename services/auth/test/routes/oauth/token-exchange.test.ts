import t from 'tap';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth, type TestClient } from './started-auth.ts';

const auth = await startedAuth(t);
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const actor = await auth.addClient({ scopes: ['books:read', 'books:write', 'books:delete'], audiences: ['urn:countersign:books'] });

type Form = Readonly<Record<string, string>>;
const exchange = (subject_token: string, form: Form = {}, basic: TestClient = actor) =>
  auth.post(
    '/oauth/token',
    { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token, subject_token_type: ACCESS_TOKEN, ...form },
    { basic },
  );

t.test('ASVS 8.3.3: the exchanged token keeps the person and the session, names the actor, and has no roles', async (t) => {
  const { access_token } = await auth.signIn();
  const subject = claimsOf(access_token);
  const { status, body, headers } = await exchange(access_token);
  t.equal(status, 200);
  t.equal(headers.get('cache-control'), 'no-store');
  t.match(body, { issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', scope: /^books:read books:write$/ });
  const { iat, exp, jti, ...claims } = claimsOf(body.access_token);
  t.strictSame(claims, {
    iss: auth.issuer,
    aud: 'urn:countersign:books',
    sub: subject.sub,
    client_id: actor.id,
    sid: subject.sid,
    scope: 'books:read books:write',
    auth_time: subject.auth_time,
    act: { sub: actor.id },
  });
  t.not(jti, subject.jti);
  t.ok(Number(exp) <= Number(subject.exp));
  t.ok(Number(iat) >= Number(subject.iat));
});

t.test('scope only narrows: to what both the subject token and the acting client have', async (t) => {
  const { access_token } = await auth.signIn({ scope: 'books:read' });
  t.match(await exchange(access_token), { status: 200, body: { scope: /^books:read$/ } });
  t.match(await exchange(access_token, { scope: 'books:read' }), { status: 200, body: { scope: /^books:read$/ } });
  for (const scope of ['books:write', 'books:delete', 'admin', 'books:read books:write']) {
    t.match(await exchange(access_token, { scope }), { status: 400, body: { error: 'invalid_scope' } }, scope);
  }
  const nothing = await auth.signIn({ scope: '' });
  const exchanged = await exchange(nothing.access_token);
  t.match(exchanged, { status: 200, body: { scope: /^$/ } }, 'a subject token without a scope gives none of the client’s');
  t.notOk('scope' in claimsOf(exchanged.body.access_token));
  const reader = await auth.addClient({ scopes: ['books:read'] });
  const whole = await auth.signIn();
  t.match(await exchange(whole.access_token, {}, reader), { status: 200, body: { scope: /^books:read$/ } });
  t.match(await exchange(whole.access_token, { scope: 'books:write' }, reader), { status: 400, body: { error: 'invalid_scope' } });
});

t.test('ASVS 9.2.4: audience only narrows, by resource or audience', async (t) => {
  const { access_token } = await auth.signIn();
  const broad = await auth.addClient({ audiences: ['urn:countersign:api'] });
  const audienceFor = async (token: string, form: Form) => {
    const { body } = await exchange(token, form, broad);
    return body.error ?? claimsOf(body.access_token).aud;
  };
  t.equal(await audienceFor(access_token, {}), 'urn:countersign:api');
  t.equal(await audienceFor(access_token, { resource: `${auth.issuer}/books` }), 'urn:countersign:books');
  t.equal(await audienceFor(access_token, { audience: 'urn:countersign:auth' }), 'urn:countersign:auth');
  t.equal(await audienceFor(access_token, { audience: 'https://elsewhere.example' }), 'invalid_target');
  t.strictSame(await audienceFor(access_token, { resource: 'urn:countersign:books', audience: 'urn:countersign:auth' }), [
    'urn:countersign:books',
    'urn:countersign:auth',
  ]);
  for (const [resource, audience] of [
    ['urn:countersign:books', 'https://elsewhere.example'],
    ['https://elsewhere.example', 'urn:countersign:books'],
  ] as const)
    t.equal(await audienceFor(access_token, { resource, audience }), 'invalid_target', 'the one in place of the other');
  const forBooks = String((await exchange(access_token, { resource: 'urn:countersign:books' }, broad)).body.access_token);
  t.equal(await audienceFor(forBooks, {}), 'urn:countersign:books');
  for (const wider of ['urn:countersign:api', 'urn:countersign:auth'])
    t.equal(await audienceFor(forBooks, { resource: wider }), 'invalid_target');
});

t.test('an exchange never gives a longer life, however often it is repeated', async (t) => {
  const short = await startedAuth(t, { ACCESS_TOKEN_TTL_SECONDS: '900', REFRESH_TOKEN_MAX_SECONDS: '30' });
  const client = await short.addClient();
  const { access_token } = await short.signIn();
  const { body } = await short.post(
    '/oauth/token',
    { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: access_token, subject_token_type: ACCESS_TOKEN },
    { basic: client },
  );
  const [subject, issued] = [claimsOf(access_token), claimsOf(body.access_token)];
  t.equal(issued.exp, subject.exp);
  t.equal(Number(body.expires_in), Number(issued.exp) - Number(issued.iat));
});

t.test('a second service acts for the first: act nests, and not without end', async (t) => {
  const second = await auth.addClient();
  const { access_token } = await auth.signIn();
  const first = await exchange(access_token);
  const nested = await exchange(String(first.body.access_token), {}, second);
  t.strictSame(claimsOf(nested.body.access_token).act, { sub: second.id, act: { sub: actor.id } });
  let answer = nested;
  for (let actors = 3; actors <= 8; actors++) answer = await exchange(String(answer.body.access_token), {}, actor);
  t.equal(answer.status, 200);
  t.match(await exchange(String(answer.body.access_token)), { status: 400, body: { error: 'invalid_request' } });
});

t.test('a token that is revoked, of an ended session, forged or of another kind is no subject', async (t) => {
  const refused = { status: 400, body: { error: 'invalid_request' } };
  const { access_token, refresh_token } = await auth.signIn();
  t.match(await exchange(access_token), { status: 200 });
  t.match(await exchange(refresh_token), refused, 'a refresh token');
  t.match(await exchange(`${access_token.slice(0, -8)}AAAAAAAA`), refused, 'a forged one');
  t.match(await exchange('abc'), refused);
  await auth.post('/oauth/revoke', { token: access_token, client_id: 'first-party' });
  t.match(await exchange(access_token), refused, 'a revoked one');

  const other = await auth.signIn();
  const exchanged = await exchange(other.access_token);
  await auth.post('/oauth/revoke', { token: other.refresh_token, client_id: 'first-party' });
  t.match(await exchange(other.access_token), refused, 'one whose session has ended');
  t.match(await exchange(String(exchanged.body.access_token)), refused, 'and what came of it');
});

t.test('only access tokens come and go, and the client itself acts', async (t) => {
  const { access_token } = await auth.signIn();
  const refused = { status: 400, body: { error: 'invalid_request' } };
  const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
  for (const name of ['refresh_token', 'id_token', 'jwt', 'saml2']) {
    t.match(await exchange(access_token, { subject_token_type: type(name) }), refused, name);
    t.match(await exchange(access_token, { requested_token_type: type(name) }), refused, name);
  }
  t.match(await exchange(access_token, { subject_token_type: '' }), refused, 'no subject_token_type');
  t.match(await exchange('', {}), refused, 'no subject_token');
  t.match(await exchange(access_token, { actor_token: access_token, actor_token_type: ACCESS_TOKEN }), refused);
  t.match(await exchange(access_token, { actor_token_type: ACCESS_TOKEN }), refused);
  t.match(await exchange(access_token, { requested_token_type: ACCESS_TOKEN }), { status: 200 });
});

t.test('an exchanged token is not the person: no /me, and no public client exchanges', async (t) => {
  const broad = await auth.addClient({ audiences: ['urn:countersign:api'] });
  const { access_token } = await auth.signIn();
  const { body } = await exchange(access_token, {}, broad);
  t.match(await auth.me(String(body.access_token)), { status: 403 });
  t.match(await auth.me(access_token), { status: 200 });
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: access_token,
    subject_token_type: ACCESS_TOKEN,
  };
  t.match(await auth.post('/oauth/token', { ...form, client_id: 'first-party' }), { status: 401, body: { error: 'invalid_client' } });
});

t.test('a client’s own token can be exchanged too: it stays the subject, without a session', async (t) => {
  const caller = await auth.addClient();
  const own = await auth.post('/oauth/token', { grant_type: 'client_credentials' }, { basic: caller });
  const { body } = await exchange(String(own.body.access_token));
  t.match(claimsOf(body.access_token), { sub: caller.id, client_id: actor.id, act: { sub: actor.id } });
  t.notOk('sid' in claimsOf(body.access_token));
});

t.test('an actor is named neither by its token nor by the kind of it', async (t) => {
  const { access_token } = await auth.signIn();
  for (const form of [{ actor_token: access_token }, { actor_token_type: ACCESS_TOKEN }])
    t.match(await exchange(access_token, form), { status: 400, body: { error: 'invalid_request', error_description: /actor_token/ } });
  t.match(await exchange(access_token), { status: 200 });
});
