import t from 'tap';
import { parseJwks, parseRetiredKids } from '../src/jwks.ts';
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
    null: null,
    'without a kid': { ...rsa, kid: undefined },
    'an empty kid': { ...rsa, kid: '' },
    'of another algorithm': { ...rsa, alg: 'PS256' },
    'without an algorithm': { ...rsa, alg: undefined },
    symmetric: { kid: 'x', alg: 'HS256', kty: 'oct', k: 'AAAA' },
    'for encryption': { ...rsa, use: 'enc' },
    'with operations that are not verify': { ...rsa, key_ops: ['sign'] },
    'with operations that are no list': { ...rsa, key_ops: 'verify' },
    'an Ed25519 key for ES256': { ...eddsa.publicJwk, alg: 'ES256' },
    'a P-256 key for EdDSA': { ...es256.publicJwk, alg: 'EdDSA' },
    'an Ed25519 key without its kty': { ...eddsa.publicJwk, kty: undefined },
    'a P-256 key without its kty': { ...es256.publicJwk, kty: undefined },
    'an RSA key without its kty': { ...rsa, kty: undefined },
    'on another curve': { ...es256.publicJwk, crv: 'P-384' },
    'on another curve of its kty': { ...eddsa.publicJwk, crv: 'X25519' },
    'a short modulus': { ...rsa, n: modulus.slice(0, 342) },
    'a short modulus behind zero bytes': { ...rsa, n: 'A'.repeat(170) + modulus.slice(0, 342) },
    'a modulus of a byte less behind a zero byte': { ...rsa, n: Buffer.from([0, ...Buffer.alloc(383, 0xff)]).toString('base64url') },
    'an exponent of 1': { ...rsa, e: 'AQ' },
    'an exponent of 3': { ...rsa, e: 'Aw' },
    'an exponent of 1 behind zero bytes': { ...rsa, e: 'AAAB' },
    'no base64url': { ...eddsa.publicJwk, x: 'a+b=' },
    'a point with one half': { ...es256.publicJwk, y: undefined },
    'a point whose other half is no base64url': { ...es256.publicJwk, x: 'a+b=' },
  };
  t.strictSame(parseJwks({ keys: good }), good);
  t.strictSame(
    parseJwks({
      keys: [
        { ...rsa, use: undefined },
        { ...eddsa.publicJwk, key_ops: ['verify'] },
      ],
    }),
    [rsa, eddsa.publicJwk],
  );
  for (const [name, key] of Object.entries(unusable)) t.strictSame(parseJwks({ keys: [key] }), [], name);
  t.strictSame(parseJwks({ keys: [...Object.values(unusable), eddsa.publicJwk] }), [eddsa.publicJwk]);
});

t.test('of two keys with one kid neither is taken', async (t) => {
  const [one, two, three] = await Promise.all([1, 2, 3].map((n) => generateSigningKey(n === 3 ? 'other' : 'same', 'EdDSA')));
  t.strictSame(parseJwks({ keys: [one?.publicJwk, two?.publicJwk, three?.publicJwk] }), [three?.publicJwk]);
});

t.test('of retired kids what is a text is taken, and of no more than the last thousand, which are the newest', async (t) => {
  t.strictSame(parseRetiredKids({ keys: [], retired_kids: ['a', 1, null, ['b'], 'c'] }), ['a', 'c']);
  for (const document of [null, undefined, 'x', 1, [], {}, { retired_kids: 'a' }, { retired_kids: { 0: 'a' } }])
    t.strictSame(parseRetiredKids(document), []);
  const many = Array.from({ length: 1001 }, (_, age) => `k${age}`);
  t.strictSame(parseRetiredKids({ retired_kids: many }), many.slice(1));
});

t.test('what is not a key set is null', async (t) => {
  for (const value of [null, undefined, 'keys', 1, [], {}, { keys: {} }, { keys: null }]) t.equal(parseJwks(value), null);
});
