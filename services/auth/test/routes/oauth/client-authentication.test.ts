import { sql } from 'drizzle-orm';
import t from 'tap';
import { createClientSecret } from '../../../src/domain/clients/client-secret.ts';
import { digestSecret } from '../../../src/domain/random-secret.ts';
import { createClients } from '../../../src/stores/clients.postgres.ts';
import { clientSecrets } from '../../../src/stores/schema.ts';
import { startedAuth } from './started-auth.ts';

const auth = await startedAuth(t, { WORKER_CLIENT_ID: 'stack_worker', WORKER_CLIENT_SECRET: 'w'.repeat(32) });
const client = await auth.addClient();
const other = await auth.addClient();
const form = { grant_type: 'client_credentials' };
const basicHeader = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
const withHeader = (headers: Record<string, string>) => auth.post('/oauth/token', form, { headers });

t.test('a secret is taken as Basic and in the form', async (t) => {
  t.match(await auth.post('/oauth/token', form, { basic: client }), { status: 200 });
  t.match(await auth.post('/oauth/token', { ...form, client_id: client.id, client_secret: client.secret }), { status: 200 });
  t.match(
    await auth.post('/oauth/token', { ...form, client_id: client.id }, { basic: client }),
    { status: 200 },
    'client_id may repeat the header',
  );
});

t.test('ASVS 10.4.10: unknown client, wrong secret, another’s secret and wrong method are one answer: 401 with a challenge', async (t) => {
  const keyed = await auth.addClient({ authMethod: 'private_key_jwt', jwks: { keys: [] } });
  await auth.db.insert(clientSecrets).values({ clientId: keyed.id, digest: digestSecret(keyed.secret) });
  const attempts = [
    { id: 'no-such-client', secret: client.secret },
    { id: client.id, secret: createClientSecret() },
    { id: client.id, secret: other.secret },
    { id: client.id, secret: `${client.secret} ` },
    { id: keyed.id, secret: keyed.secret },
    { id: 'first-party', secret: client.secret },
    { id: '\0', secret: client.secret },
  ];
  const bodies = new Set<string>();
  for (const { id, secret } of attempts) {
    const answers = [
      await withHeader(basicHeader(encodeURIComponent(id), encodeURIComponent(secret))),
      await auth.post('/oauth/token', { ...form, client_id: id, client_secret: secret }),
    ];
    for (const { status, headers, body } of answers) {
      t.equal(status, 401, id);
      t.equal(headers.get('www-authenticate'), 'Basic realm="countersign", charset="UTF-8"');
      t.strictSame([headers.get('cache-control'), headers.get('pragma')], ['no-store', 'no-cache']);
      bodies.add(JSON.stringify(body));
    }
  }
  t.strictSame([...bodies], ['{"error":"invalid_client","error_description":"The client could not be authenticated."}']);
});

t.test('id and secret in a Basic header are form-encoded', async (t) => {
  const odd = await auth.addClient({ id: 'odd-100% & co' });
  t.match(await withHeader(basicHeader('odd-100%25+%26+co', odd.secret)), { status: 200 });
  t.match(await withHeader(basicHeader('odd-100%25%20%26%20co', odd.secret.replace('cs_', 'cs%5F'))), { status: 200 });
  t.match(await withHeader(basicHeader('odd-100% & co', odd.secret)), { status: 401 });
});

t.test('a header that holds no id and secret is refused', async (t) => {
  for (const authorization of [
    'Basic',
    'Basic !!!!',
    `Basic ${Buffer.from('no-colon').toString('base64')}`,
    'Bearer abc',
    'Basic Og==',
    'x'.repeat(9000),
  ]) {
    t.match(await withHeader({ authorization }), { status: 401, body: { error: 'invalid_client' } }, authorization.slice(0, 40));
  }
  t.match(await auth.post('/oauth/token', form), { status: 401, body: { error: 'invalid_client' } }, 'no proof at all');
  t.match(await auth.post('/oauth/token', { ...form, client_id: client.id }), { status: 401 }, 'an id is no proof');
  t.match(await auth.post('/oauth/token', { ...form, client_id: 'first-party' }), { status: 401 }, 'nor has the public client this grant');
});

t.test('two methods in one request are refused, even when both are right', async (t) => {
  const right = { client_id: client.id, client_secret: client.secret };
  const assertion = { client_assertion: 'a.b.c', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' };
  t.match(await auth.post('/oauth/token', { ...form, ...right }, { basic: client }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await auth.post('/oauth/token', { ...form, ...right, ...assertion }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await auth.post('/oauth/token', { ...form, client_id: other.id }, { basic: client }), {
    status: 400,
    body: { error: 'invalid_request' },
  });
  t.match(await auth.post('/oauth/token', { ...form, client_secret: client.secret }), { status: 400, body: { error: 'invalid_request' } });
  t.match(await auth.post('/oauth/token', { ...form, ...right }), { status: 200 });
});

t.test('while a secret is changed both are good; then the new one alone', async (t) => {
  const changing = await auth.addClient();
  const next = { id: changing.id, secret: createClientSecret() };
  const clients = createClients(auth.db);
  await auth.db.transaction((tx) => clients.addSecret(tx, changing.id, digestSecret(next.secret), { revokeOld: false }));
  t.match(await auth.post('/oauth/token', form, { basic: changing }), { status: 200 });
  t.match(await auth.post('/oauth/token', form, { basic: next }), { status: 200 });
  const [old] = await auth.db
    .select()
    .from(clientSecrets)
    .where(sql`digest = ${digestSecret(changing.secret)}`);
  t.ok(Math.abs(Number(old?.expiresAt) - Date.now() - 24 * 3_600_000) < 60_000, 'the old one for a day');

  const last = { id: changing.id, secret: createClientSecret() };
  await auth.db.transaction((tx) => clients.addSecret(tx, changing.id, digestSecret(last.secret), { revokeOld: true }));
  t.match(await auth.post('/oauth/token', form, { basic: changing }), { status: 401 });
  t.match(await auth.post('/oauth/token', form, { basic: next }), { status: 401 });
  t.match(await auth.post('/oauth/token', form, { basic: last }), { status: 200 });
});

t.test('ASVS 6.5.2: the database holds no secret, only its SHA-256', async (t) => {
  const rows = await auth.db.select().from(clientSecrets);
  t.ok(rows.length > 0);
  t.ok(rows.every(({ digest }) => digest.length === 32));
  t.notOk(rows.some(({ digest }) => digest.toString().includes('cs_cs_')));
});

t.test('ASVS 10.4.11: the worker’s client of the settings may read and write books, and no more', async (t) => {
  const worker = { id: 'stack_worker', secret: 'w'.repeat(32) };
  t.match(await auth.post('/oauth/token', form, { basic: worker }), { status: 200, body: { scope: /^books:read books:write$/ } });
  t.match(await auth.post('/oauth/token', { ...form, scope: 'admin' }, { basic: worker }), { status: 400 });
});
