import { join } from 'node:path';
import { loadConfig, type Settings } from '@countersign/service/process';
import t from 'tap';
import { gatewayOrigin, serviceEnvironment } from '../src/service-environment.ts';
import { SETTINGS } from '../src/services.ts';

const KEY = Buffer.alloc(32).toString('base64');
const PLACES = { port: 0, gatewayPort: 8080, redisUrl: 'redis://127.0.0.1:1' };
const SECRETS = {
  keyEncryptionKey: KEY,
  refreshTokenSecret: KEY,
  adminPassword: 'of the administrator',
  demoPassword: 'of the member',
  workerClientSecret: KEY,
};

t.test('the issuer is the origin of the gateway, as one writes it, also on the port of http', async (t) => {
  for (const [gatewayPort, origin] of [
    [8080, 'http://localhost:8080'],
    [80, 'http://localhost'],
  ] as const) {
    t.equal(gatewayOrigin(gatewayPort), origin);
    const environment = serviceEnvironment({}, { ...PLACES, gatewayPort }, SECRETS);
    for (const settings of [SETTINGS.auth, SETTINGS.books]) t.equal(loadConfig(settings, environment).issuer, origin);
    t.doesNotThrow(() => loadConfig(SETTINGS.worker, environment));
  }
});

t.test('what leads out of the stack is passed over, also where it comes from a file', async (t) => {
  const elsewhere = {
    HOST: '0.0.0.0',
    PORT: '80',
    TRUST_PROXY: '10.0.0.0/8',
    ADMIN_USERNAME: 'other',
    WORKER_CLIENT_ID: 'other',
    TOKEN_URL: 'https://auth.example/oauth/token',
    BOOKS_URL: 'https://books.example',
  };
  const either = ['REDIS_URL', 'DATABASE_URL', 'ADMIN_PASSWORD', 'WORKER_CLIENT_SECRET'];
  const asText = Object.fromEntries(either.map((name) => [name, 'of another']));
  const inFiles = Object.fromEntries(either.map((name) => [`${name}_FILE`, '/nowhere']));
  for (const settings of Object.values<Settings>(SETTINGS)) {
    const own = loadConfig(settings, serviceEnvironment({}, PLACES, SECRETS));
    for (const given of [elsewhere, asText, inFiles]) t.strictSame(loadConfig(settings, serviceEnvironment(given, PLACES, SECRETS)), own);
  }
});

t.test('a secret that is given, as text or in a file, takes the place of the one that was made; an empty one does not', async (t) => {
  const given = Buffer.alloc(32, 1);
  const file = join(t.testdir({ key: given.toString('base64') }), 'key');
  const keysOf = (name: string, text: string) => {
    const { keyEncryptionKey, refreshTokenSecret } = loadConfig(SETTINGS.auth, serviceEnvironment({ [name]: text }, PLACES, SECRETS));
    return [keyEncryptionKey, refreshTokenSecret].map((key) => Buffer.from(key).toString('base64'));
  };
  const [other, made] = [given.toString('base64'), KEY];
  t.strictSame(keysOf('KEY_ENCRYPTION_KEY', other), [other, made]);
  t.strictSame(keysOf('KEY_ENCRYPTION_KEY_FILE', file), [other, made]);
  t.strictSame(keysOf('REFRESH_TOKEN_SECRET_FILE', file), [made, other]);
  t.strictSame(keysOf('KEY_ENCRYPTION_KEY', ''), [made, made]);
});
