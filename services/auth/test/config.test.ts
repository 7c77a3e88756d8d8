import { loadConfig } from '@countersign/service/process';
import t from 'tap';
import { settings } from '../src/config.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const REQUIRED = {
  ISSUER: 'http://localhost:8080',
  DATABASE_URL: 'postgres://auth@127.0.0.1/auth',
  REDIS_URL: 'redis://127.0.0.1',
  KEY_ENCRYPTION_KEY: KEY,
  REFRESH_TOKEN_SECRET: KEY,
};

const load = (env: Readonly<Record<string, string>>) => loadConfig(settings, { ...REQUIRED, ...env });

t.test('what nobody sets has the value that clients and operators rely on', async (t) => {
  t.match(load({}), {
    host: '127.0.0.1',
    port: 4001,
    audience: ['urn:countersign:api'],
    services: ['auth', 'books'],
    migrateOnStart: true,
    keyEncryptionKeyPrevious: null,
    refreshTokenSecretPrevious: null,
    signingAlg: 'EdDSA',
    keyRotationDays: 30,
    accessTokenTtlSeconds: 900,
    refreshTokenIdleSeconds: 604_800,
    refreshTokenMaxSeconds: 2_592_000,
    refreshGraceSeconds: 60,
    refreshRotation: 'on',
    loginFailuresPerAccount: 10,
    loginAttemptsPerAddress: 100,
    revocationMaxStalenessSeconds: 30,
    revocationMaxSilenceSeconds: 900,
    revocationOnStale: 'reject',
    adminUsername: null,
    adminPassword: null,
    workerClientId: null,
    workerClientSecret: null,
    registration: 'open',
    passwordDenyWords: [],
    corsOrigins: [],
    logLevel: 'info',
  });
});

t.test('each number is taken from its least to its greatest, and not beyond', async (t) => {
  const bounds = {
    KEY_ROTATION_DAYS: ['0.0001', '3650', '0.00009', '3650.1'],
    ACCESS_TOKEN_TTL_SECONDS: ['1', '3600', '0', '3601'],
    REFRESH_TOKEN_IDLE_SECONDS: ['1', '315360000', '0', '315360001'],
    REFRESH_TOKEN_MAX_SECONDS: ['1', '315360000', '0', '315360001'],
    REFRESH_GRACE_SECONDS: ['0', '3600', '-1', '3601'],
    LOGIN_FAILURES_PER_ACCOUNT: ['1', '1000000', '0', '1000001'],
    LOGIN_ATTEMPTS_PER_ADDRESS: ['1', '1000000000', '0', '1000000001'],
    REVOCATION_MAX_STALENESS_SECONDS: ['1', '3600', '0', '3601'],
    REVOCATION_MAX_SILENCE_SECONDS: ['1', '3600', '0', '3601'],
  } as const;
  for (const [name, [least, greatest, tooSmall, tooGreat]] of Object.entries(bounds)) {
    for (const value of [least, greatest]) t.doesNotThrow(() => load({ [name]: value }), `${name}=${value}`);
    for (const value of [tooSmall, tooGreat]) t.throws(() => load({ [name]: value }), new RegExp(`- ${name} must be`), `${name}=${value}`);
  }
});

t.test('SERVICES names the services beside auth, each once; what could be no audience of one is refused by name', async (t) => {
  t.strictSame(load({ SERVICES: '' }).services, ['auth', 'books'], 'empty is as if it were not set');
  t.strictSame(load({ SERVICES: 'books, orders,books,auth' }).services, ['auth', 'books', 'orders']);
  t.strictSame(load({ SERVICES: `a${'b'.repeat(39)},x-1` }).services.length, 3);
  const tooLong = `a${'b'.repeat(40)}`;
  for (const [name, shown = name] of [['api'], ['Books'], ['1st'], ['-a'], ['a_b'], [tooLong, `${tooLong.slice(0, 40)}…`], ['urn:x']])
    t.throws(() => load({ SERVICES: `books,${name}` }), { message: new RegExp(`- SERVICES must be .*, not "${shown}"`) });
});

t.test('the worker’s client can be no user and not the first party, and its secret is as long as one that is made', async (t) => {
  const secret = 's'.repeat(32);
  for (const id of ['worker-1', 'a_b', `${'w'.repeat(63)}-`])
    t.equal(load({ WORKER_CLIENT_ID: id, WORKER_CLIENT_SECRET: secret }).workerClientId, id);
  for (const id of ['worker', 'a-', 'first-party', `${'w'.repeat(64)}-`, 'a-b/c'])
    t.throws(() => load({ WORKER_CLIENT_ID: id, WORKER_CLIENT_SECRET: secret }), /- WORKER_CLIENT_ID must be/, id);
  const short = secret.slice(1);
  t.throws(() => load({ WORKER_CLIENT_ID: 'worker-1', WORKER_CLIENT_SECRET: short }), /- WORKER_CLIENT_SECRET must have at least 32/);
});

t.test('each secret may come from a file, and a fault of it is told without it', async (t) => {
  const secrets = Object.values(settings).filter(({ secret }) => secret);
  t.strictSame(secrets.map(({ env }) => env).toSorted(), [
    'ADMIN_PASSWORD',
    'DATABASE_URL',
    'KEY_ENCRYPTION_KEY',
    'KEY_ENCRYPTION_KEY_PREVIOUS',
    'REDIS_URL',
    'REFRESH_TOKEN_SECRET',
    'REFRESH_TOKEN_SECRET_PREVIOUS',
    'WORKER_CLIENT_SECRET',
  ]);
  const faulty = {
    KEY_ENCRYPTION_KEY: 'c2hvcnQ=',
    KEY_ENCRYPTION_KEY_PREVIOUS: 'c2hvcnQ=',
    REFRESH_TOKEN_SECRET: 'c2hvcnQ=',
    REFRESH_TOKEN_SECRET_PREVIOUS: 'c2hvcnQ=',
    ADMIN_USERNAME: 'chief',
    ADMIN_PASSWORD: 'hunter2',
    WORKER_CLIENT_ID: 'worker-1',
    WORKER_CLIENT_SECRET: 'hunter2',
  };
  t.throws(() => load(faulty), { message: 'The configuration has 6 faults' });
  t.doesNotThrow(() => load({ ADMIN_USERNAME: 'chief', ADMIN_PASSWORD: 'correct horse battery' }), 'its twin');
  for (const secret of ['c2hvcnQ=', 'hunter2']) t.throws(() => load(faulty), { message: new RegExp(`^((?!${secret})[^])*$`) });
});
