import { eq, getTableName, is, sql } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import t from 'tap';
import * as schema from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth, type TestClient } from './started-auth.ts';

const auth = await startedAuth(t);
const client = await auth.addClient();
const grant_type = 'client_credentials';
const ask = (form: Readonly<Record<string, string>> = {}) => auth.post('/oauth/token', { grant_type, ...form }, { basic: client });

t.test('a client gets a token for itself, with its own scopes and audience and without a session', async (t) => {
  const { status, body, headers } = await ask();
  t.equal(status, 200);
  t.strictSame([headers.get('cache-control'), headers.get('pragma')], ['no-store', 'no-cache']);
  const { access_token, ...rest } = body;
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 900, scope: 'books:read books:write' });
  const { iat, exp, jti, ...claims } = claimsOf(access_token);
  t.strictSame(claims, {
    iss: auth.issuer,
    aud: 'urn:countersign:books',
    sub: client.id,
    client_id: client.id,
    scope: 'books:read books:write',
  });
  t.equal(Number(exp) - Number(iat), 900);
  t.match(jti, /^[0-9A-Za-z]{22}$/);
});

t.test('a service that SERVICES names is reached by its URN and its URL, and no other is', async (t) => {
  const withOrders = await startedAuth(t, { SERVICES: 'books, orders' });
  const reaching = (client: TestClient, resource: string) =>
    withOrders
      .post('/oauth/token', { grant_type, resource }, { basic: client })
      .then(({ body }) => body.error ?? claimsOf(body.access_token).aud);
  const everything = await withOrders.addClient({ audiences: ['urn:countersign:api'] });
  for (const name of ['auth', 'books', 'orders']) {
    t.equal(await reaching(everything, `urn:countersign:${name}`), `urn:countersign:${name}`);
    t.equal(await reaching(everything, `${withOrders.issuer}/${name}`), `urn:countersign:${name}`);
  }
  t.equal(await reaching(everything, 'urn:countersign:shelves'), 'invalid_target');
  for (const wrong of ['api', 'Orders', 'a b', 'orders,-'])
    await t.rejects(startedAuth(t, { SERVICES: wrong }), /SERVICES must be names of 1 to 40/, wrong);
});

t.test('no token leaves a row in any table', async (t) => {
  const tables = Object.values(schema).filter((table) => is(table, PgTable));
  const counts = () => Promise.all(tables.map(async (table) => `${getTableName(table)}: ${await auth.db.$count(table)}`));
  const before = await counts();
  t.ok(before.length > 10);
  for (let i = 0; i < 5; i++) t.match(await ask(), { status: 200 });
  t.strictSame(await counts(), before);
});

t.test('ASVS 10.4.11: a narrower scope is given as asked; one beyond the client’s is refused, not dropped', async (t) => {
  t.match(await ask({ scope: 'books:read' }), { status: 200, body: { scope: /^books:read$/ } });
  t.match(await ask({ scope: 'books:write books:read books:read' }), { status: 200, body: { scope: /^books:read books:write$/ } });
  for (const scope of ['admin', 'books:read admin', 'books:read  books:write', ' books:read', 'books:réad']) {
    const { status, body } = await ask({ scope });
    t.match({ status, error: body.error }, { status: 400, error: 'invalid_scope' }, scope);
    t.notOk('access_token' in body);
  }
});

t.test('ASVS 9.2.4: resource picks among the client’s audiences, and the URL of books means its URN', async (t) => {
  const several = await auth.addClient({ audiences: ['urn:countersign:books', 'https://shelves.example/'] });
  const audienceFor = async (basic: typeof client, query: string) => {
    const { body } = await auth.post('/oauth/token', `grant_type=${grant_type}${query}`, { basic });
    return body.error ?? claimsOf(body.access_token).aud;
  };
  const books = encodeURIComponent(`${auth.issuer}/books`);
  t.equal(await audienceFor(client, `&resource=${books}`), 'urn:countersign:books');
  t.equal(await audienceFor(client, '&resource=urn:countersign:books'), 'urn:countersign:books');
  t.strictSame(await audienceFor(several, ''), ['urn:countersign:books', 'https://shelves.example/']);
  t.equal(await audienceFor(several, '&resource=https://shelves.example/'), 'https://shelves.example/');
  t.strictSame(await audienceFor(several, `&resource=https://shelves.example/&resource=${books}`), [
    'https://shelves.example/',
    'urn:countersign:books',
  ]);
  const refused = ['urn:countersign:api', 'urn:countersign:auth', 'https://elsewhere.example/books', `${auth.issuer}/auth`, 'books'];
  for (const resource of refused)
    t.equal(await audienceFor(client, `&resource=${encodeURIComponent(resource)}`), 'invalid_target', resource);
  t.equal(await audienceFor(client, `&resource=${books}&resource=urn:countersign:auth`), 'invalid_target', 'one of two');
});

t.test('audience narrows as resource does, so that who asks by that name gets no wider token', async (t) => {
  const several = await auth.addClient({ audiences: ['urn:countersign:books', 'https://shelves.example/'] });
  const audienceFor = async (form: Readonly<Record<string, string>>) => {
    const { body } = await auth.post('/oauth/token', { grant_type, ...form }, { basic: several });
    return body.error ?? claimsOf(body.access_token).aud;
  };
  t.equal(await audienceFor({ audience: `${auth.issuer}/books` }), 'urn:countersign:books');
  t.equal(await audienceFor({ audience: 'urn:countersign:nope' }), 'invalid_target');
  t.strictSame(await audienceFor({ audience: 'https://shelves.example/', resource: 'urn:countersign:books' }), [
    'urn:countersign:books',
    'https://shelves.example/',
  ]);
  t.equal(await audienceFor({ audience: 'urn:countersign:nope', resource: 'urn:countersign:books' }), 'invalid_target');
  t.strictSame(await audienceFor({}), ['urn:countersign:books', 'https://shelves.example/']);
});

t.test('a refusal of a scope or resource lists what the client has, and repeats nothing that was sent', async (t) => {
  const secret = 'cs_cs_sent_in_the_wrong_field';
  const told = async (form: Readonly<Record<string, string>>) => (await ask(form)).body.error_description;
  t.equal(
    await told({ scope: `books:read ${secret}` }),
    'A requested scope is not held by this client or token. Held: books:read books:write',
  );
  t.equal(
    await told({ resource: secret }),
    'A requested resource is not among the audiences of this client or token. Held: urn:countersign:books',
  );
  const without = await auth.addClient({ scopes: [] });
  const { body } = await auth.post('/oauth/token', { grant_type, scope: 'books:read' }, { basic: without });
  t.equal(body.error_description, 'A requested scope is not held by this client or token. Held: none');
});

t.test('a client for all services can ask for one of them, and for no service that there isn’t', async (t) => {
  const broad = await auth.addClient({ audiences: ['urn:countersign:api'] });
  const form = { grant_type, resource: 'urn:countersign:books' };
  const { body } = await auth.post('/oauth/token', form, { basic: broad });
  t.equal(claimsOf(body.access_token).aud, 'urn:countersign:books');
  t.match(await auth.post('/oauth/token', { ...form, resource: 'urn:countersign:payroll' }, { basic: broad }), {
    status: 400,
    body: { error: 'invalid_target' },
  });
});

t.test('after a revocation of all that a client has, nothing is signed before the second that it covers', async (t) => {
  const [row] = await auth.db
    .update(schema.clients)
    .set({ tokensNotBefore: sql`floor(extract(epoch from clock_timestamp()))::bigint + 1` })
    .where(eq(schema.clients.id, client.id))
    .returning({ before: schema.clients.tokensNotBefore });
  const started = performance.now();
  const { status, body } = await ask();
  t.equal(status, 200);
  t.ok(Number(claimsOf(body.access_token).iat) >= Number(row?.before));
  t.ok(performance.now() - started < 2000, 'it waits for a second at most');
});

t.test('ASVS 10.4.4: only the three grants are offered, and the password grant is not among them', async (t) => {
  for (const grant of ['password', 'authorization_code', 'implicit', 'CLIENT_CREDENTIALS']) {
    const form = { grant_type: grant, username: 'demo', password: 'demo-demo-demo' };
    t.match(await auth.post('/oauth/token', form, { basic: client }), { status: 400, body: { error: 'unsupported_grant_type' } }, grant);
  }
  t.match(await auth.post('/oauth/token', {}, { basic: client }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await ask(), { status: 200 });
});

t.test('ASVS 15.3.7: only forms are taken, and no parameter twice', async (t) => {
  const json = { 'content-type': 'application/json' };
  const form = `grant_type=${grant_type}`;
  t.match(await auth.post('/oauth/token', JSON.stringify({ grant_type }), { basic: client, headers: json }), {
    status: 415,
    body: { error: 'invalid_request', error_description: 'The body must be application/x-www-form-urlencoded.' },
  });
  t.match(await auth.post('/oauth/token', form, { basic: client, headers: { 'content-type': 'text/plain' } }), { status: 415 });
  const encoded = await auth.post('/oauth/token', form, { basic: client, headers: { 'content-encoding': 'gzip' } });
  t.match(encoded, { status: 415, body: { error: 'invalid_request', error_description: /Content-Encoding/ } }, 'nor encoded');
  for (const twice of [`${form}&${form}`, `${form}&scope=books:read&scope=books:read`, `${form}&client_id=a&client_id=b`]) {
    t.match(await auth.post('/oauth/token', twice, { basic: client }), { status: 400, body: { error: 'invalid_request' } }, twice);
  }
  t.match(await auth.post('/oauth/token', '', { basic: client }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await auth.post('/oauth/token', `scope=${'x'.repeat(70_000)}`, { basic: client }), {
    status: 413,
    body: { error: 'invalid_request' },
  });
  const twin = `${form}&scope=&unknown=1&unknown=&__proto__=x`;
  t.match(await auth.post('/oauth/token', twin, { basic: client }), { status: 200, body: { scope: /^books:read books:write$/ } });
  t.match(
    await auth.post('/oauth/token', form, {
      basic: client,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    }),
    {
      status: 200,
    },
  );
});

t.test('a client’s token opens nothing of a person', async (t) => {
  const all = await auth.addClient({ audiences: ['urn:countersign:api'], scopes: ['admin'] });
  const { body } = await auth.post('/oauth/token', { grant_type }, { basic: all });
  t.match(await auth.me(String(body.access_token)), { status: 403 });
  const { access_token } = await auth.signIn();
  t.match(await auth.me(access_token), { status: 200 });
});

t.test('a token that no verifier would take, for its size, is refused, and a smaller one is given', async (t) => {
  const large = await auth.addClient({
    scopes: Array.from({ length: 50 }, (_, n) => `${n}:${'s'.repeat(60)}`),
    audiences: ['urn:countersign:books', ...Array.from({ length: 19 }, (_, n) => `urn:${n}:${'a'.repeat(190)}`)],
  });
  const askFor = (form: Readonly<Record<string, string>>) => auth.post('/oauth/token', { grant_type, ...form }, { basic: large });
  t.match(await askFor({}), { status: 400, body: { error: 'invalid_scope', error_description: /8192 bytes/ } });
  t.match(await askFor({ resource: 'urn:countersign:books' }), { status: 200 });
});
