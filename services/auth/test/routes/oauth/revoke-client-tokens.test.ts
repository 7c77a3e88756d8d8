import { until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { deleteClient } from '../../../src/domain/clients/delete-client.ts';
import { recordClientRevocation } from '../../../src/domain/clients/revoke-client-tokens.ts';
import { auditLog } from '../../../src/stores/audit.postgres.ts';
import { createClients } from '../../../src/stores/clients.postgres.ts';
import { readClock } from '../../../src/stores/read-clock.ts';
import { createRevocations } from '../../../src/stores/revocations.postgres.ts';
import { clientSecrets, clients, revocations } from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth, type TestClient } from './started-auth.ts';

const auth = await startedAuth(t, { LOG_LEVEL: 'info' });
const ports = {
  db: auth.db,
  clients: createClients(auth.db),
  revocations: createRevocations(auth.db),
  feed: { flush: async () => true },
  audit: auditLog,
};
const by = { actor: null, ip: null, requestId: null };
const gateway = await auth.addClient({ scopes: ['introspect'] });
const tokenOf = async (basic: TestClient) =>
  String((await auth.post('/oauth/token', { grant_type: 'client_credentials' }, { basic })).body.access_token);
const isActive = async (token: string) => (await auth.post('/oauth/introspect', { token }, { basic: gateway })).body.active;

t.test('all tokens of a client end together, by one entry; those it gets right afterwards are good', async (t) => {
  const [client, other] = [await auth.addClient(), await auth.addClient()];
  const tokens = await Promise.all(Array.from({ length: 10 }, () => tokenOf(client)));
  const othersToken = await tokenOf(other);
  t.ok(await auth.db.transaction((tx) => recordClientRevocation(tx, ports, client.id)));
  const next = await tokenOf(client);
  t.strictSame(
    await Promise.all(tokens.map(isActive)),
    tokens.map(() => false),
  );
  t.equal(await isActive(next), true);
  t.equal(await isActive(othersToken), true);
  const [entry, ...more] = await auth.db.select().from(revocations).where(eq(revocations.id, client.id));
  t.strictSame(more, []);
  t.equal(entry?.kind, 'client');
  t.ok(Number(claimsOf(tokens[0]).iat) < Number(entry?.before));
  t.ok(Number(claimsOf(next).iat) >= Number(entry?.before));
  t.ok(Number(entry?.expiresAt) >= Number(entry?.before) + 3600);
});

t.test('a token that is asked for while its client is revoked is either refused or signed after it', async (t) => {
  const client = await auth.addClient();
  const racing = Array.from({ length: 20 }, () => tokenOf(client));
  const revoking = auth.db.transaction((tx) => recordClientRevocation(tx, ports, client.id));
  const tokens = await Promise.all(racing);
  await revoking;
  const [entry] = await auth.db.select().from(revocations).where(eq(revocations.id, client.id));
  for (const token of tokens) t.equal(await isActive(token), Number(claimsOf(token).iat) >= Number(entry?.before));
});

t.test('what a client loses while its tokens wait for the second of a former revocation to end is in none of them', async (t) => {
  const client = await auth.addClient({ audiences: ['urn:countersign:api'] });
  const { access_token: subject_token } = await auth.signIn();
  const [row] = await auth.db
    .update(clients)
    .set({ tokensNotBefore: sql`floor(extract(epoch from clock_timestamp()))::bigint + 2` })
    .where(eq(clients.id, client.id))
    .returning({ before: clients.tokensNotBefore });
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  };
  const asked = Promise.all(
    [{ grant_type: 'client_credentials' }, exchange].map((form) => auth.post('/oauth/token', form, { basic: client })),
  );
  await until(async () => (await readClock(auth.db)).getTime() / 1000 > Number(row?.before) - 0.5);
  await auth.db
    .update(clients)
    .set({ scopes: ['books:read'] })
    .where(eq(clients.id, client.id));
  for (const answer of await asked) t.match(answer, { status: 200, body: { scope: /^books:read$/ } });
});

t.test('a client that is deleted while its token waits for that second gets none', async (t) => {
  const client = await auth.addClient();
  await until(() => Date.now() % 1000 < 200); // so that it waits for nearly two seconds
  await auth.db
    .update(clients)
    .set({ tokensNotBefore: sql`floor(extract(epoch from clock_timestamp()))::bigint + 2` })
    .where(eq(clients.id, client.id));
  const asked = auth.post('/oauth/token', { grant_type: 'client_credentials' }, { basic: client });
  await until(async () => auth.log.some((line) => line.includes('client authenticated') && line.includes(client.id)));
  t.ok(await deleteClient(ports, client.id, by));
  t.match(await asked, { status: 401, body: { error: 'invalid_client' } });
});

t.test('a deleted client has no tokens, no secrets and gets nothing', async (t) => {
  const client = await auth.addClient();
  const token = await tokenOf(client);
  t.equal(await isActive(token), true);
  t.ok(await deleteClient(ports, client.id, by));
  t.equal(await isActive(token), false);
  t.match(await auth.post('/oauth/token', { grant_type: 'client_credentials' }, { basic: client }), {
    status: 401,
    body: { error: 'invalid_client' },
  });
  t.strictSame(await auth.db.select().from(clientSecrets).where(eq(clientSecrets.clientId, client.id)), []);
});

t.test('a client that doesn’t exist revokes nothing', async (t) => {
  t.equal(await auth.db.transaction((tx) => recordClientRevocation(tx, ports, 'no-such')), false);
  t.equal(await deleteClient(ports, 'no-such', by), false);
  t.strictSame(await auth.db.select().from(revocations).where(eq(revocations.id, 'no-such')), []);
});
