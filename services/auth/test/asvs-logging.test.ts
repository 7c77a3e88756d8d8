import { connectRedis } from '@countersign/service';
import { loadConfig } from '@countersign/service/process';
import { testDatabase, testRedis } from '@countersign/testing';
import t from 'tap';
import { settings } from '../src/config.ts';
import { createClientSecret } from '../src/domain/clients/client-secret.ts';
import { createPasswordReset } from '../src/domain/people/password-reset.ts';
import { digestSecret } from '../src/domain/random-secret.ts';
import { migrations } from '../src/migrations.ts';
import { startAuth } from '../src/start.ts';
import { createClients } from '../src/stores/clients.postgres.ts';
import { passwordResetStore } from '../src/stores/password-resets.postgres.ts';
import { audit, users } from '../src/stores/schema.ts';

interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

const text: string[] = [];
const { db } = await testDatabase(t, { migrations });
const { url, keyPrefix } = await testRedis(t);
const redis = connectRedis(url, { keyPrefix });
const config = loadConfig(settings, {
  ISSUER: 'http://localhost:8080',
  DATABASE_URL: 'postgres://connected/already',
  REDIS_URL: 'redis://connected',
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 'key-encryption-key').toString('base64'),
  REFRESH_TOKEN_SECRET: Buffer.alloc(32, 'refresh-token-secret').toString('base64'),
  LOG_LEVEL: 'trace',
});
const app = await startAuth({ config, db, redis, logStream: { write: (line) => text.push(line) } });
t.teardown(async () => {
  await app.close();
  redis.disconnect();
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const post = (url: string, payload: object | string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers });
const lines = (): Line[] => text.map((line) => JSON.parse(line) as Line);
const credentials = { username: 'logged.person', password: 'the password that no log may hold' };

t.test('ASVS 16.2.5, 14.2.4: no log line and no row of the audit log holds a password, token, cookie, secret or hash', async (t) => {
  await post('/register', credentials);
  const tokens = (await post('/login', credentials)).json<{ access_token: string; refresh_token: string }>();
  const bearer = { authorization: `Bearer ${tokens.access_token}` };
  const browser = await post('/login', { ...credentials, delivery: 'cookie' });
  const cookies = browser.cookies.map(({ value }) => value);
  const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const wrong = 'a wrong password that is somebody’s';
  await post('/login', { ...credentials, password: wrong });
  await post('/login', { ...credentials, password: [wrong] });
  await post('/login', `{"password": "${wrong}`, { 'content-type': 'application/json' });
  await app.inject({ url: `/me?access_token=${tokens.access_token}`, headers: { cookie } });
  await app.inject({ url: `/me/${tokens.access_token}`, headers: bearer });
  await post('/reauthenticate', { password: wrong }, bearer);
  await post('/password', { current_password: credentials.password, new_password: 'password' }, bearer);
  await post('/refresh', { refresh_token: tokens.refresh_token });
  await post('/refresh', { refresh_token: `${tokens.refresh_token.slice(0, -1)}!` });
  const [user] = await db.select().from(users);
  const { resetToken } = await createPasswordReset(db, passwordResetStore, user?.id ?? '');
  await post('/password/reset', { reset_token: resetToken, new_password: 'password' });
  const store = createClients(db);
  const secret = createClientSecret();
  const client = {
    id: 'logged-client',
    name: 'x',
    authMethod: 'client_secret',
    scopes: ['books:read'],
    audiences: ['urn:countersign:api'],
    jwks: null,
  };
  await store.insert(db, { ...client, authMethod: 'client_secret' });
  await store.addSecret(db, client.id, digestSecret(secret), { revokeOld: true });
  const form = `grant_type=client_credentials&client_id=${client.id}&client_secret=${secret}`;
  const own = (await post('/oauth/token', form, FORM)).json<{ access_token: string }>();
  await post('/oauth/token', `${form}x`, FORM);
  await post('/oauth/token', 'grant_type=client_credentials', {
    ...FORM,
    authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`,
  });

  const logged = text.join('') + JSON.stringify(await db.select().from(audit));
  const secrets = {
    password: credentials.password,
    'wrong password': wrong,
    'access token': tokens.access_token.split('.')[2] ?? '',
    'refresh token': tokens.refresh_token.slice(6),
    'client token': own.access_token.split('.')[2] ?? '',
    'reset token': resetToken.slice(6),
    'client secret': secret.slice(6),
    basic: Buffer.from(`${client.id}:${secret}`).toString('base64'),
    hash: user?.passwordHash ?? '',
    ...Object.fromEntries(cookies.map((value, index) => [`cookie ${index}`, value])),
  };
  for (const [name, secret] of Object.entries(secrets)) {
    t.ok(secret.length >= 20, `there is a ${name}`);
    t.notOk(logged.includes(secret), name);
  }
  t.ok(lines().length > 15, 'and there was a log');
});

t.test('ASVS 16.3.1: sign-ins, proofs of the password, refreshes and sign-outs are told of, whether they succeed or not', async (t) => {
  const events = (await db.select().from(audit)).map(({ event, ip, requestId }) => {
    t.ok(ip && requestId, event);
    return event;
  });
  for (const event of ['user_registered', 'login', 'login_failed', 'password_proof_failed']) t.ok(events.includes(event), event);
  const answered = (path: string, status: number) =>
    lines().some((line) => line.msg === 'answered' && line.path === path && line.status === status);
  t.ok(answered('/login', 200) && answered('/login', 401) && answered('/refresh', 200) && answered('/refresh', 401));
  t.ok(answered('/oauth/token', 200) && answered('/oauth/token', 401));
  const byClients = lines().filter(({ msg }) => /^client (?:not )?authenticated$/.test(msg));
  t.match(byClients, [
    { msg: 'client authenticated', client_id: 'logged-client', method: 'client_secret' },
    { msg: 'client not authenticated', claimed_client_id: 'logged-client', method: 'client_secret', reason: 'the secret is wrong' },
    { msg: 'client authenticated', client_id: 'logged-client', method: 'client_secret' },
  ]);
});

t.test('ASVS 16.3.2, 16.3.3: who is refused, where, why and from where is in the log', async (t) => {
  const { access_token } = (await post('/login', credentials)).json<{ access_token: string }>();
  const attempts = [
    ['insufficient_role', '/admin/users', { authorization: `Bearer ${access_token}` }],
    ['token_missing', '/me', {}],
    ['token_invalid', '/me', { authorization: `Bearer ${access_token.slice(0, -4)}AAAA` }],
    ['csrf_failed', '/logout', { cookie: await cookieOf() }],
  ] as const;
  for (const [code, path, headers] of attempts) {
    const method = path === '/logout' ? 'POST' : 'GET';
    const id = String((await app.inject({ method, url: path, headers })).headers['x-request-id']);
    const mine = lines().filter((line) => line.request_id === id);
    t.ok(
      mine.some((line) => line.msg === 'refused' && line.code === code),
      `${code} is told`,
    );
    t.match(
      mine.find(({ msg }) => msg === 'answered'),
      { method, path, ip: '127.0.0.1', time: /Z$/ },
      code,
    );
    if (code === 'insufficient_role')
      t.match(
        mine.find(({ msg }) => msg === 'answered'),
        { sub: /^[0-9A-Za-z]{22}$/, client_id: 'first-party' },
      );
  }
});

async function cookieOf(): Promise<string> {
  const { cookies } = await post('/login', { ...credentials, delivery: 'cookie' });
  return `__Host-access=${cookies.find(({ name }) => name === '__Host-access')?.value}`;
}

t.test('ASVS 16.4.1, 16.2.4: nobody writes a line of the log, nor a control character into one', async (t) => {
  const forged = '\r\n{"level":"info","msg":"forged"}\u001b[2J\u2028';
  const before = text.length;
  await post('/login', { username: forged, password: forged });
  await app.inject({ url: `/${encodeURIComponent(forged)}`, headers: { 'user-agent': 'x\u001b[2J' } });
  await app.inject({ url: '/me', headers: { 'x-request-id': '{"msg":"forged"}', authorization: 'Bearer {"msg":"forged"}' } });
  const added = text.slice(before);
  t.ok(added.length >= 3);
  for (const line of added) {
    t.notOk(
      [...line.slice(0, -1)].some((character) => character < ' '),
      'one line',
    );
    t.not((JSON.parse(line) as Line).msg, 'forged');
  }
});

t.test('ASVS 16.2.5: a client that mixes up its id and its secret finds neither in the log', async (t) => {
  const secret = createClientSecret();
  const before = text.length;
  const grant = 'grant_type=client_credentials';
  const basic = (id: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}` });
  const answers = [
    await post('/oauth/token', `${grant}&client_id=${secret}&client_secret=logged-client`, FORM),
    await post('/oauth/token', grant, { ...FORM, ...basic(secret, 'logged-client') }),
    await post('/oauth/token', `${grant}&client_id=some words&client_secret=logged-client`, FORM),
  ];
  for (const { statusCode } of answers) t.equal(statusCode, 401);
  await post('/oauth/token', `${grant}&client_id=logged-client&client_secret=wrong`, FORM);
  const added = text.slice(before);
  t.notOk(added.join('').includes(secret.slice(6)));
  t.strictSame(
    added
      .map((line) => JSON.parse(line) as Line)
      .flatMap(({ msg, claimed_client_id }) => (msg === 'client not authenticated' ? [claimed_client_id] : [])),
    [null, null, null, 'logged-client'],
  );
});
