import { generateKeyPairSync } from 'node:crypto';
import { needsReal, until } from '@countersign/testing';
import { and, eq, sql } from 'drizzle-orm';
import t from 'tap';
import type { Administrator } from '../../../src/domain/administrator.ts';
import { type ChangeClientPorts, changeClient } from '../../../src/domain/clients/change-client.ts';
import { revokeClientTokens } from '../../../src/domain/clients/revoke-client-tokens.ts';
import { auditLog } from '../../../src/stores/audit.postgres.ts';
import { clientDirectory } from '../../../src/stores/client-directory.postgres.ts';
import { createClients } from '../../../src/stores/clients.postgres.ts';
import { createRevocations } from '../../../src/stores/revocations.postgres.ts';
import { clientSecrets, clients, revocations } from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { countWaiting } from '../../count-waiting.ts';
import { administeredAuth } from './administered-auth.ts';

const { app, config, database, admin, call, events } = await administeredAuth(t);
const { db } = database;

interface NewClient {
  readonly client_id: string;
  readonly client_secret: string;
}

const gone = { status: 404, code: 'not_found' };
const jwkOf = (type: 'public' | 'private') => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return (type === 'public' ? publicKey : privateKey).export({ format: 'jwk' });
};

const create = async (body: object = {}) => {
  const answer = await call('POST', '/admin/clients', {
    name: 'reports',
    scopes: ['books:read', 'books:write'],
    audiences: ['urn:countersign:books'],
    ...body,
  });
  return answer.json<NewClient>();
};

function token(
  { client_id, client_secret }: NewClient,
  url = '/oauth/token',
  more: Record<string, string> = { grant_type: 'client_credentials' },
) {
  return app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ client_id, client_secret, ...more }).toString(),
  });
}
const tokenOf = async (client: NewClient) => (await token(client)).json<{ access_token: string }>().access_token;

const judge = await create({ name: 'judge', scopes: ['introspect'], audiences: [] });
const isActive = async (access: string) => (await token(judge, '/oauth/introspect', { token: access })).json<{ active: boolean }>().active;

t.test('a client is made with a secret that is shown this once', async (t) => {
  const made = await call('POST', '/admin/clients', {
    name: 'reports',
    scopes: ['books:read'],
    audiences: ['urn:countersign:books'],
    auth_method: 'client_secret',
  });
  t.equal(made.statusCode, 201, made.body);
  t.strictSame(Object.keys(made.json()).toSorted(), [
    'audiences',
    'auth_method',
    'client_id',
    'client_secret',
    'created_at',
    'jwks',
    'name',
    'scopes',
  ]);
  t.match(made.json(), {
    client_id: /-/,
    client_secret: /^cs_cs_/,
    name: 'reports',
    scopes: ['books:read'],
    auth_method: 'client_secret',
    jwks: null,
  });
  t.equal(made.headers['cache-control'], 'no-store');
  t.match(claimsOf(await tokenOf(made.json())), { sub: made.json().client_id, scope: /^books:read$/, aud: 'urn:countersign:books' });
  const listed = await call('GET', '/admin/clients');
  t.notOk(/"client_secret":|digest/.test(listed.body), 'the list shows neither a secret nor a digest');
  t.match((await events(made.json().client_id))[0], {
    event: 'client_created',
    actor: admin.id,
    details: { name: 'reports', scopes: ['books:read'] },
  });

  const least = await call('POST', '/admin/clients', { name: 'least' });
  t.match(least.json(), { auth_method: 'client_secret', client_secret: String });
  t.strictSame([least.json().scopes, least.json().audiences], [[], ['urn:countersign:api']]);
});

t.test('a service may be named by its URL, as its metadata does: the client reaches it', async (t) => {
  const [url, urn] = [`${config.issuer}/books`, 'urn:countersign:books'];
  const made = await call('POST', '/admin/clients', { name: 'by URL', audiences: [url, urn, 'https://a.example/books'] });
  t.strictSame(made.json().audiences, [urn, 'https://a.example/books']);
  const changed = await call('PATCH', `/admin/clients/${made.json().client_id}`, { audiences: [url] });
  t.strictSame(changed.json().audiences, [urn]);
  t.equal(claimsOf(await tokenOf(made.json())).aud, urn);
  const narrowed = await token(made.json(), '/oauth/token', { grant_type: 'client_credentials', resource: url });
  t.equal(claimsOf(narrowed.json<{ access_token: string }>().access_token).aud, urn);
});

t.test('a client with keys of its own gets no secret, and only what is public of its keys is kept', async (t) => {
  const jwk = { ...jwkOf('public'), kid: 'one', x5u: 'https://attacker.example' };
  const made = await call('POST', '/admin/clients', {
    name: 'signer',
    scopes: ['books:read'],
    auth_method: 'private_key_jwt',
    jwks: { keys: [jwk] },
  });
  t.equal(made.statusCode, 201, made.body);
  t.notOk('client_secret' in made.json());
  t.strictSame(made.json().jwks, { keys: [{ kty: 'OKP', crv: 'Ed25519', x: jwk.x, kid: 'one' }] });
  t.match((await call('POST', `/admin/clients/${made.json().client_id}/secret`)).json(), { status: 409, code: 'conflict' });
});

t.test('a member of a key that is no text is passed over, however deep: written down it would be a fault of the service', async (t) => {
  const { kty, n, e } = generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey.export({ format: 'jwk' });
  const deep = `${'['.repeat(25_000)}${']'.repeat(25_000)}`;
  const keys = `[{"kty":"${kty}","n":"${n}","e":"${e}","crv":${deep}}]`;
  const headers = { authorization: `Bearer ${admin.accessToken}`, 'content-type': 'application/json' };
  const payload = `{"name":"deep","auth_method":"private_key_jwt","jwks":{"keys":${keys}}}`;
  const made = await app.inject({ method: 'POST', url: '/admin/clients', headers, payload });
  t.match(made, { statusCode: 201 });
  t.strictSame(made.json().jwks, { keys: [{ kty, n, e }] });
});

t.test('ASVS 2.2.3: what is wrong with a client is named', async (t) => {
  const publicKey = jwkOf('public');
  const many = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const cases: [object, string][] = [
    [{ scopes: many(51, 's:') }, 'scopes'],
    [{ audiences: many(21, 'urn:a:') }, 'audiences'],
    [{ audiences: [`urn:a:${'a'.repeat(195)}`] }, 'audiences'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: many(11, 'k').map((kid) => ({ ...publicKey, kid })) } }, 'jwks'],
    [
      { auth_method: 'private_key_jwt', jwks: { keys: [{ ...publicKey, ...Object.fromEntries(many(30, 'm').map((name) => [name, 1])) }] } },
      'jwks',
    ],
    [{ name: '' }, 'name'],
    [{ name: ' ' }, 'name'],
    [{ name: 'nul\u0000' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: undefined }, 'name'],
    [{ scopes: ['two words'] }, 'scopes'],
    [{ scopes: [''] }, 'scopes'],
    [{ scopes: 'books:read' }, 'scopes'],
    [{ scopes: ['a', 'a'] }, 'scopes'],
    [{ audiences: ['books'] }, 'audiences'],
    [{ audiences: ['https://api.example/#part'] }, 'audiences'],
    [{ audiences: ['urn:example:b\u00fccher'] }, 'audiences'],
    [{ audiences: ['urn:example:\u0000'] }, 'audiences'],
    [{ audiences: ['urn:with space'] }, 'audiences'],
    [{ audiences: ['https://api.example:port'] }, 'audiences'],
    [{ auth_method: 'none' }, 'auth_method'],
    [{ jwks: { keys: [publicKey] } }, 'jwks'],
    [{ auth_method: 'private_key_jwt' }, 'jwks'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: [] } }, 'jwks'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: ['x'] } }, 'jwks'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: [jwkOf('private')] } }, 'private key'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, 'private key'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct' }] } }, 'public key'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: [{ ...publicKey, use: 'enc' }] } }, 'public key'],
    [{ auth_method: 'private_key_jwt', jwks: { keys: [{ ...publicKey, x: 'AA' }] } }, 'public key'],
    [{ client_id: 'c-mine' }, 'client_id'],
    [{ client_secret: 'mine' }, 'client_secret'],
    [{ tokens_not_before: 0 }, 'tokens_not_before'],
  ];
  for (const [changes, named] of cases) {
    const answer = await call('POST', '/admin/clients', {
      name: 'fine',
      scopes: ['books:read'],
      audiences: ['urn:countersign:books'],
      ...changes,
    });
    t.match(answer.json(), { status: 400, code: 'validation_failed' }, JSON.stringify(changes));
    t.ok(answer.body.includes(named), answer.body);
  }
  t.equal(
    (await call('POST', '/admin/clients', { name: 'fine', scopes: ['books:read'], audiences: ['https://api.example/v1'] })).statusCode,
    201,
  );
  const most = { scopes: many(50, 's:'), audiences: [...many(19, 'urn:a:'), `urn:a:${'a'.repeat(194)}`] };
  const keys = many(10, 'k').map((kid) => ({ ...publicKey, kid }));
  const fullest = await call('POST', '/admin/clients', { name: 'fullest', ...most, auth_method: 'private_key_jwt', jwks: { keys } });
  t.equal(fullest.statusCode, 201, fullest.body);
});

t.test('a private key that was sent is not told to anybody', async (t) => {
  const jwk = jwkOf('private');
  const answer = await call('POST', '/admin/clients', { name: 'leaky', auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
  t.equal(answer.statusCode, 400);
  t.notOk(answer.body.includes(String(jwk.d)));
});

t.test('a client that may do less loses its tokens; one that may do more keeps them', async (t) => {
  const client = await create();
  const url = `/admin/clients/${client.client_id}`;
  const wider = await tokenOf(client);
  t.match((await call('PATCH', url, { scopes: ['books:read', 'books:write', 'books:delete'], name: 'renamed' })).json(), {
    name: 'renamed',
    audiences: ['urn:countersign:books'],
  });
  t.equal(await isActive(wider), true);

  t.equal((await call('PATCH', url, { scopes: ['books:read'] })).statusCode, 200);
  t.equal(await isActive(wider), false);
  const narrow = await tokenOf(client);
  t.equal(claimsOf(narrow).scope, 'books:read');
  t.equal(await isActive(narrow), true);
  t.equal((await call('PATCH', url, { audiences: ['urn:countersign:auth'] })).statusCode, 200);
  t.equal(await isActive(narrow), false);
  t.match(
    (await events(client.client_id)).map(({ event, details }) => [event, details?.tokens_ended]),
    [
      ['client_created', undefined],
      ['client_changed', false],
      ['client_changed', true],
      ['client_changed', true],
    ],
  );
  const bad = [
    {},
    { scopes: [' '] },
    { audiences: ['x'] },
    { jwks: { keys: [jwkOf('public')] } },
    { auth_method: 'private_key_jwt' },
    { client_id: 'x-y' },
    { client_secret: 'x' },
    { name: null },
  ];
  for (const change of bad)
    t.match((await call('PATCH', url, change)).json(), { status: 400, code: 'validation_failed' }, JSON.stringify(change));
});

t.test('a client may change from a secret to keys of its own and back; what it had before is good no more', async (t) => {
  const client = await create();
  const url = `/admin/clients/${client.client_id}`;
  const access = await tokenOf(client);
  const [one, two] = [jwkOf('public'), jwkOf('public')];
  t.match((await call('PATCH', url, { auth_method: 'private_key_jwt', jwks: { keys: [one, two] } })).json(), {
    auth_method: 'private_key_jwt',
    jwks: { keys: [one, two] },
  });
  t.equal(await isActive(access), false);
  t.equal((await token(client)).statusCode, 401);
  t.strictSame(await db.select().from(clientSecrets).where(eq(clientSecrets.clientId, client.client_id)), []);
  const revoked = async () => (await db.select().from(revocations).where(eq(revocations.id, client.client_id))).length;
  const before = await revoked();
  await call('PATCH', url, { jwks: { keys: [one, two, jwkOf('public')] } });
  t.equal(await revoked(), before, 'a further key ends nothing');
  await call('PATCH', url, { jwks: { keys: [two] } });
  t.ok((await revoked()) > before, 'a key that is taken away does');

  t.match((await call('PATCH', url, { auth_method: 'client_secret' })).json(), { auth_method: 'client_secret', jwks: null });
  const { client_secret } = (await call('POST', `${url}/secret`)).json<{ client_secret: string }>();
  t.equal((await token({ ...client, client_secret })).statusCode, 200);
});

t.test('another secret: the old one is good for a day, or no more', async (t) => {
  const client = await create();
  const url = `/admin/clients/${client.client_id}/secret`;
  const second = await call('POST', url);
  t.equal(second.statusCode, 200, second.body);
  t.strictSame(Object.keys(second.json()), ['client_secret']);
  const both = [client, { ...client, ...second.json() }];
  for (const known of both) t.equal((await token(known)).statusCode, 200);
  const [oldest] = await db
    .select()
    .from(clientSecrets)
    .where(eq(clientSecrets.clientId, client.client_id))
    .orderBy(clientSecrets.createdAt);
  const goodSeconds = (Number(oldest?.expiresAt) - Date.now()) / 1000;
  t.ok(goodSeconds > 86_300 && goodSeconds <= 86_401, `${goodSeconds} s`);

  const third = (await call('POST', url, { revoke_old: true })).json<NewClient>();
  for (const known of both) t.equal((await token(known)).statusCode, 401);
  t.equal((await token({ ...client, ...third })).statusCode, 200);
  t.equal((await call('POST', url, { revoke_old: 'yes' })).statusCode, 400);
  t.equal((await call('POST', url, { client_secret: 'mine' })).statusCode, 400);
  t.match((await events(client.client_id)).slice(1), [
    { event: 'client_secret_created', details: { revoke_old: false } },
    { event: 'client_secret_created', details: { revoke_old: true } },
  ]);
});

t.test('a client that gets keys of its own while another secret is made for it has no secret', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { client_id: id } = await create();
  let making: ReturnType<typeof call> | undefined;
  await db.transaction(async (tx) => {
    await tx.update(clients).set({ authMethod: 'private_key_jwt' }).where(eq(clients.id, id));
    await tx.delete(clientSecrets).where(eq(clientSecrets.clientId, id));
    making = call('POST', `/admin/clients/${id}/secret`);
    await until(async () => (await countWaiting(db)) > 0);
  });
  t.match((await making)?.json(), { status: 409, code: 'conflict' });
  t.equal(await db.$count(clientSecrets, eq(clientSecrets.clientId, id)), 0);
});

t.test('all tokens of a client end together, and it goes on', async (t) => {
  const [client, other] = [await create(), await create()];
  const [access, othersAccess] = [await tokenOf(client), await tokenOf(other)];
  t.equal((await call('DELETE', `/admin/clients/${client.client_id}/tokens`)).statusCode, 204);
  t.equal(await isActive(access), false);
  t.equal(await isActive(othersAccess), true);
  t.equal(await isActive(await tokenOf(client)), true);
  t.match((await events(client.client_id)).at(-1), { event: 'client_tokens_ended', actor: admin.id });
});

t.test('a deleted client is gone, with its tokens', async (t) => {
  const client = await create();
  const access = await tokenOf(client);
  t.equal((await call('DELETE', `/admin/clients/${client.client_id}`)).statusCode, 204);
  t.equal(await isActive(access), false);
  t.equal((await token(client)).statusCode, 401);
  const [entry] = await db
    .select()
    .from(revocations)
    .where(and(eq(revocations.kind, 'client'), eq(revocations.id, client.client_id)));
  t.equal(entry?.before, null);
  t.ok(Number(entry?.expiresAt) >= Math.floor(Date.now() / 1000) + 3600);
  t.match((await call('DELETE', `/admin/clients/${client.client_id}`)).json(), gone);
  t.match((await events(client.client_id)).at(-1), { event: 'client_deleted', actor: admin.id });
});

t.test('what is no client is not found, whatever its id looks like', async (t) => {
  for (const id of ['c-none', 'x', 'first-party', '%00', admin.id, 'a-'.repeat(90)]) {
    t.match((await call('PATCH', `/admin/clients/${id}`, { name: 'x' })).json(), gone, id);
    t.match((await call('DELETE', `/admin/clients/${id}`)).json(), gone, id);
    t.match((await call('DELETE', `/admin/clients/${id}/tokens`)).json(), gone, id);
    t.match((await call('POST', `/admin/clients/${id}/secret`)).json(), gone, id);
  }
});

t.test('clients are listed the newest first, page after page, each once', async (t) => {
  const whole = (await call('GET', '/admin/clients?limit=100')).json<NewClient[]>();
  const paged: NewClient[] = [];
  for (let url = '/admin/clients?limit=4'; url !== ''; ) {
    const page = await call('GET', url);
    paged.push(...page.json<NewClient[]>());
    url = /^<(.*)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1] ?? '';
  }
  t.strictSame(paged, whole);
  t.equal(whole.at(-1)?.client_id, judge.client_id);
  t.equal(whole.length, (await db.select().from(clients)).length);
});

const way = {
  'all tokens are revoked': revokeClientTokens,
  'a client may do less': (ports: ChangeClientPorts, id: string, by: Administrator) => changeClient(ports, config, id, { scopes: [] }, by),
};

for (const [what, revoke] of Object.entries(way))
  t.test(`when ${what}, a commit that comes after the second it revokes up to is followed by another revocation`, async (t) => {
    const client = await create();
    const store = createClients(db);
    let commits = 0;
    // The first transaction commits late, as behind a slow disk.
    const slowDb: typeof db = new Proxy(db, {
      get: (target, name) =>
        name === 'transaction'
          ? (work: Parameters<typeof db.transaction>[0]) =>
              db.transaction(async (tx) => {
                const result = await work(tx);
                commits += 1;
                if (commits === 1)
                  await until(
                    async () =>
                      (
                        await tx
                          .select({ late: sql<boolean>`clock_timestamp() >= to_timestamp(${clients.tokensNotBefore})` })
                          .from(clients)
                          .where(eq(clients.id, client.client_id))
                      )[0]?.late,
                  );
                return result;
              })
          : Reflect.get(target, name, target),
    });
    const ports = {
      db: slowDb,
      clients: store,
      clientDirectory,
      revocations: createRevocations(db),
      audit: auditLog,
      feed: { flush: async () => true },
    };
    t.ok(await revoke(ports, client.client_id, { actor: null, ip: null, requestId: null }));
    const entries = await db.select().from(revocations).where(eq(revocations.id, client.client_id)).orderBy(revocations.seq);
    t.equal(entries.length, 2);
    t.ok(Number(entries[1]?.before) > Number(entries[0]?.before));
  });
