import t from 'tap';
import { parseJwks } from '../src/jwks.ts';
import { generateSigningKey } from '../src/signing.ts';

t.test('ASVS 11.2.3: a key set gives its usable keys and passes over the others', async (t) => {
  const [eddsa, es256, rs256] = await Promise.all([
    generateSigningKey('e', 'EdDSA'),
    generateSigningKey('p', 'ES256'),
    generateSigningKey('r', 'RS256'),
  ]);
  const { publicJwk: rsa } = rs256;
  const modulus = rsa.kty === 'RSA' ? rsa.n : '';
  const good = [eddsa.publicJwk, es256.publicJwk, rsa];
  const unusable = {
    'no object': 'key',
    'without a kid': { ...rsa, kid: undefined },
    'an empty kid': { ...rsa, kid: '' },
    'of another algorithm': { ...rsa, alg: 'PS256' },
    'without an algorithm': { ...rsa, alg: undefined },
    symmetric: { kid: 'x', alg: 'HS256', kty: 'oct', k: 'AAAA' },
    'for encryption': { ...rsa, use: 'enc' },
    'with operations that are not verify': { ...rsa, key_ops: ['sign'] },
    'of a kty that is not of its alg': { ...eddsa.publicJwk, alg: 'ES256' },
    'on another curve': { ...es256.publicJwk, crv: 'P-384' },
    'a short modulus': { ...rsa, n: modulus.slice(0, 342) },
    'a short modulus behind zero bytes': { ...rsa, n: 'A'.repeat(170) + modulus.slice(0, 342) },
    'an exponent of 1': { ...rsa, e: 'AQ' },
    'an exponent of 3': { ...rsa, e: 'Aw' },
    'an exponent of 1 behind zero bytes': { ...rsa, e: 'AAAB' },
    'no base64url': { ...eddsa.publicJwk, x: 'a+b=' },
  };
  t.strictSame(parseJwks({ keys: good }), good);
  for (const [name, key] of Object.entries(unusable)) t.strictSame(parseJwks({ keys: [key] }), [], name);
  t.strictSame(parseJwks({ keys: [...Object.values(unusable), eddsa.publicJwk] }), [eddsa.publicJwk]);
});

t.test('of two keys with one kid neither is taken', async (t) => {
  const [one, two, three] = await Promise.all([1, 2, 3].map((n) => generateSigningKey(n === 3 ? 'other' : 'same', 'EdDSA')));
  t.strictSame(parseJwks({ keys: [one?.publicJwk, two?.publicJwk, three?.publicJwk] }), [three?.publicJwk]);
});

t.test('what is not a key set is null', async (t) => {
  for (const value of [null, undefined, 'keys', 1, [], {}, { keys: {} }, { keys: null }]) t.equal(parseJwks(value), null);
});
