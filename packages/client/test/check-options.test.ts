import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { createServiceClient, createUserClient, type ServiceClientOptions } from '../src/index.ts';

const common = { issuer: 'https://auth.example.com', clientId: 'c-1', baseUrl: 'https://books.example.com' };
const bySecret = { ...common, clientSecret: 'secret' };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

t.test('an option with which no token could be had is refused when the client is made', async (t) => {
  for (const [options, message] of [
    [{ ...bySecret, issuer: undefined }, /issuer must be a URL/],
    [{ ...bySecret, tokenUrl: 'token' }, /tokenUrl must be a URL/],
    [{ ...bySecret, baseUrl: 'books' }, /baseUrl must be a URL/],
    [{ ...bySecret, issuer: 'localhost:8080' }, /issuer must be a URL that starts with http:\/\/ or https:\/\//],
    [{ ...bySecret, baseUrl: 'localhost:8080' }, /baseUrl must be a URL that starts with http:\/\/ or https:\/\//],
    [{ ...bySecret, clientId: undefined }, /clientId must be/],
    [{ ...bySecret, clientSecret: undefined }, /clientSecret must be/],
    [{ ...bySecret, clientSecret: '' }, /clientSecret must be/],
    [{ ...bySecret, timeoutMs: '10s' }, /timeoutMs must be/],
    [{ ...bySecret, timeoutMs: 0 }, /timeoutMs must be/],
    [{ ...bySecret, timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs must be/],
    [{ ...bySecret, timeoutMs: 2 ** 31 }, /timeoutMs must be/],
    [common, /clientSecret or privateKey/],
    [{ ...common, privateKey: {} }, /clientSecret or privateKey/],
    [{ ...common, privateKey: { key: 'x' } }, /privateKey.key must be/],
    [{ ...common, privateKey: { key: publicKey } }, /privateKey.key must be/],
    [{ ...common, privateKey: { key: generateKeyPairSync('x25519').privateKey } }, /privateKey.key must be/],
    [{ ...common, privateKey: { key: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey } }, /privateKey.key must be/],
  ] as const)
    t.throws(() => createServiceClient(options as unknown as ServiceClientOptions), message);
  t.doesNotThrow(() => createServiceClient(bySecret));
  t.doesNotThrow(() => createServiceClient({ ...bySecret, timeoutMs: 2 ** 31 - 1 }));
  t.doesNotThrow(() => createServiceClient({ ...common, privateKey: { key: privateKey } }));
  t.throws(() => createUserClient({ baseUrl: 'books' }), /baseUrl must be a URL/);
  t.throws(() => createUserClient({ baseUrl: 'localhost:8080' }), /baseUrl must be a URL that starts with http:\/\/ or https:\/\//);
  t.doesNotThrow(() => createUserClient({ baseUrl: 'http://localhost:8080' }));
  t.throws(() => createUserClient({ baseUrl: common.baseUrl, timeoutMs: Number.NaN }), /timeoutMs must be/);
  t.throws(() => createUserClient({ baseUrl: common.baseUrl, timeoutMs: '5' as unknown as number }), /timeoutMs must be/);
  for (const path of ['/api', '/api/', '/?a=b', '/#a'])
    t.throws(() => createUserClient({ baseUrl: `https://api.example.com${path}` }), /baseUrl must be an origin/, path);
  t.doesNotThrow(() => createUserClient({ baseUrl: 'https://api.example.com/' }));
  for (const tokens of [null, {}, { load: () => null }, { save: () => {} }])
    t.throws(() => createUserClient({ baseUrl: common.baseUrl, tokens: tokens as never }), /tokens must be an object with the methods/);
  t.doesNotThrow(() => createUserClient({ baseUrl: common.baseUrl, tokens: { load: () => null, save: () => {} } }));
  t.doesNotThrow(() => createUserClient({ baseUrl: common.baseUrl }));
});
