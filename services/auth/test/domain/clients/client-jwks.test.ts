import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import t from 'tap';
import { clientKeys, parseClientKey } from '../../../src/domain/clients/client-jwks.ts';

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa3072 = generateKeyPairSync('rsa', { modulusLength: 3072 });
const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (key: KeyObject, members: object = {}) => ({ ...key.export({ format: 'jwk' }), ...members });

t.test('Ed25519, P-256 and RSA of 3072 to 8192 bits are taken, with or without alg and kid', async (t) => {
  t.match(parseClientKey(jwk(ed25519.publicKey)), { algs: ['EdDSA', 'Ed25519'], kid: null });
  t.match(parseClientKey(jwk(p256.publicKey, { alg: 'ES256', kid: 'a', use: 'sig' })), { algs: ['ES256'], kid: 'a' });
  t.match(parseClientKey(jwk(p256.publicKey, { key_ops: ['verify'] })), { algs: ['ES256'] });
  t.match(parseClientKey(jwk(rsa3072.publicKey, { alg: 'RS256' })), { algs: ['RS256'] });
  t.match(parseClientKey(jwk(rsa3072.publicKey, { e: '_____w' })), { algs: ['RS256'] });
  t.match(parseClientKey({ ...jwk(rsa3072.publicKey), n: Buffer.alloc(1024, 255).toString('base64url') }), { algs: ['RS256'] });
});

t.test('ASVS 11.2.3, 11.6.1: other keys are not', async (t) => {
  const refused: Record<string, unknown> = {
    'a private key': jwk(ed25519.privateKey),
    'a short RSA key': jwk(rsa2048.publicKey),
    'an exponent of 1': jwk(rsa3072.publicKey, { e: 'AQ' }),
    'an exponent of 3': jwk(rsa3072.publicKey, { e: 'Aw' }),
    'an exponent of 1 behind zero bytes': jwk(rsa3072.publicKey, { e: 'AAAB' }),
    'an even exponent': jwk(rsa3072.publicKey, { e: 'AQAC' }),
    'an empty exponent': jwk(rsa3072.publicKey, { e: '' }),
    'an exponent that takes long to check': jwk(rsa3072.publicKey, { e: 'AQAAAAE' }),
    'a modulus that takes long to check': { ...jwk(rsa3072.publicKey), n: Buffer.alloc(1025, 1).toString('base64url') },
    'another curve': jwk(p384.publicKey),
    'an alg of another key type': jwk(p256.publicKey, { alg: 'EdDSA' }),
    'a secret': { kty: 'oct', k: 'AAAA', alg: 'HS256' },
    'a key for encryption': jwk(p256.publicKey, { use: 'enc' }),
    'a key for encryption, by its operations': jwk(p256.publicKey, { key_ops: ['encrypt', 'wrapKey'] }),
    'a key for signing': jwk(p256.publicKey, { key_ops: ['sign'] }),
    'operations that are no list': jwk(p256.publicKey, { key_ops: 'verify' }),
    'a kid that is no string': jwk(p256.publicKey, { kid: 7 }),
    'a point that is none': { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' },
    nothing: null,
    text: 'key',
  };
  for (const [what, key] of Object.entries(refused)) t.equal(parseClientKey(key), null, what);
});

t.test('a header’s alg and kid choose among the keys', async (t) => {
  const jwks = {
    keys: [jwk(ed25519.publicKey, { kid: 'a' }), jwk(p256.publicKey, { kid: 'b' }), jwk(rsa2048.publicKey, { kid: 'c' }), 'odd'],
  };
  const kids = (alg: 'EdDSA' | 'Ed25519' | 'ES256' | 'RS256', kid?: unknown) => clientKeys(jwks, { alg, kid }).map((key) => key.kid);
  t.strictSame(kids('EdDSA', 'a'), ['a']);
  t.strictSame(kids('Ed25519'), ['a']);
  t.strictSame(kids('ES256', 'a'), []);
  t.strictSame(kids('RS256'), []);
  const unnamed = { keys: [jwk(ed25519.publicKey), jwk(ed25519.publicKey, { kid: 'a' })] };
  t.equal(clientKeys(unnamed, { alg: 'EdDSA', kid: 'b' }).length, 1, 'a key that has no kid may be meant by any');
  t.strictSame(clientKeys(null, { alg: 'EdDSA', kid: undefined }), []);
});
