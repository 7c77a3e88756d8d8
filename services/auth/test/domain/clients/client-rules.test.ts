import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import t from 'tap';
import type { ClientFields } from '../../../src/domain/clients/client-directory.ts';
import { isNarrower, parseClientFields } from '../../../src/domain/clients/client-rules.ts';

const firstParty = { issuer: 'https://id.example', services: ['auth', 'books'] };
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 3072 });
const [one, two] = [rsa(), rsa()];
const jwk = (key: KeyObject, members: object = {}) => ({ ...key.export({ format: 'jwk' }), ...members });

/** A client with these keys. */
const client = (...keys: object[]): ClientFields => ({
  name: 'reports',
  authMethod: 'private_key_jwt',
  scopes: ['books:read'],
  audiences: ['urn:countersign:books'],
  jwks: { keys },
});

t.test('another key in place of one is a key lost, of whichever type; another name for it is none', async (t) => {
  const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const ed25519 = () => generateKeyPairSync('ed25519').publicKey;
  for (const [before, next] of [
    [one.publicKey, two.publicKey],
    [p256(), p256()],
    [ed25519(), ed25519()],
  ] as const) {
    t.equal(isNarrower(client(jwk(next)), client(jwk(before))), true, String(before.asymmetricKeyType));
    t.equal(isNarrower(client(jwk(next), jwk(before)), client(jwk(before))), false, 'a further key');
    t.equal(isNarrower(client(jwk(before, { kid: 'renamed' })), client(jwk(before, { kid: 'named' }))), false);
  }
});

t.test('any part of a private key is one, and of a public key all is kept that says which it is and what for', async (t) => {
  const whole = jwk(one.privateKey);
  const named = jwk(one.publicKey, { kid: 'a', alg: 'RS256', use: 'sig' });
  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const)
    t.throws(() => parseClientFields(client({ ...named, [member]: whole[member] }), firstParty), { message: /private key/ }, member);
  t.throws(() => parseClientFields(client({ ...named, oth: [] }), firstParty), { message: /private key/ }, 'further primes');
  t.throws(() => parseClientFields(client({ kty: 'oct', k: 'AAAA' }), firstParty), { message: /private key/ }, 'a secret');
  t.strictSame(parseClientFields(client({ ...named, x5u: 'https://elsewhere.example' }), firstParty).jwks, { keys: [named] });
});
