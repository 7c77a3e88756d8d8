import { generateKeyPairSync, sign } from 'node:crypto';
import t from 'tap';
import type { ClientReading } from '../../../src/domain/clients/client.ts';
import { judgeClientAssertion } from '../../../src/domain/clients/client-assertion.ts';

const NOW = 1_800_000_000.25;
const ISSUER = 'https://id.example';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const reading: ClientReading = {
  client: {
    id: 'c-1',
    name: 'a client',
    authMethod: 'private_key_jwt',
    scopes: [],
    audiences: [],
    jwks: { keys: [publicKey.export({ format: 'jwk' })] },
    tokensNotBefore: 0,
  },
  secretDigests: [],
  now: NOW,
};

/** Numbers that JSON can hold and JavaScript can't; they are written without their quotes. */
const ENDLESS = ['1e999', '-1e999'];

/** What is made of an assertion that is good but for these changes, by a client that is the usual one but for these. */
function judge(claims: Readonly<Record<string, unknown>>, client: Partial<ClientReading['client']> = {}) {
  const encode = (part: object) => Buffer.from(JSON.stringify(part).replace(/"(-?1e999)"/, '$1')).toString('base64url');
  const signed = `${encode({ alg: 'EdDSA' })}.${encode({ iss: 'c-1', sub: 'c-1', aud: ISSUER, jti: 'j-1', exp: NOW + 60, ...claims })}`;
  const text = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  return judgeClientAssertion(text, { issuer: ISSUER, find: async () => ({ ...reading, client: { ...reading.client, ...client } }) });
}

t.test('exp may be five seconds past and ten minutes ahead, and five seconds more for clocks that differ', async (t) => {
  for (const exp of [NOW - 4.9, NOW + 605]) t.match(await judge({ exp }), { reading }, `exp ${exp - NOW}`);
  t.match(await judge({ exp: NOW - 5 }), { reason: 'expired' });
  t.match(await judge({ exp: NOW + 605.1 }), { reason: 'exp is too far ahead' });
  for (const exp of ENDLESS) t.match(await judge({ exp }), { reason: 'exp is missing or malformed' }, exp);
});

t.test('iat and nbf may be absent, and five seconds ahead', async (t) => {
  for (const name of ['iat', 'nbf']) {
    for (const time of [undefined, NOW - 1000, NOW + 5]) t.match(await judge({ [name]: time }), { reading }, `${name} ${time}`);
    for (const time of [NOW + 5.1, null, '', '7', true, [], {}, ...ENDLESS])
      t.match(await judge({ [name]: time }), { reason: `${name} is not in the past` }, `${name} ${JSON.stringify(time)}`);
  }
});

t.test('a jti is remembered for at least as long as its assertion is accepted', async (t) => {
  for (const exp of [NOW + 60, NOW + 60.5, NOW - 4]) {
    const judged = await judge({ exp });
    const expiresAtSeconds = 'expiresAtSeconds' in judged ? judged.expiresAtSeconds : 0;
    t.ok(Number.isInteger(expiresAtSeconds));
    t.ok(expiresAtSeconds >= exp + 5);
  }
});

t.test('a client with a secret has no keys, whatever its row holds', async (t) => {
  t.match(await judge({}), { reading });
  t.match(await judge({}, { authMethod: 'client_secret' }), { reason: 'the client has a secret, and no key' });
});
