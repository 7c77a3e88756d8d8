import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import t from 'tap';
import { createClients } from '../../../src/stores/clients.postgres.ts';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth } from './started-auth.ts';

const auth = await startedAuth(t);
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const pairs = {
  EdDSA: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 3072 }),
  weak: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  foreign: generateKeyPairSync('ed25519'),
};
const jwk = (name: keyof typeof pairs, alg: string) => ({ ...pairs[name].publicKey.export({ format: 'jwk' }), kid: name, alg, use: 'sig' });
const jwks = { keys: [jwk('EdDSA', 'EdDSA'), jwk('ES256', 'ES256'), jwk('RS256', 'RS256'), jwk('weak', 'RS256')] };
const { id } = await auth.addClient({ authMethod: 'private_key_jwt', jwks });

type Json = Readonly<Record<string, unknown>>;
const encode = (part: Json) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A good assertion, but for the changes. */
function assertion(changes: Json = {}, header: Json = {}, key: KeyObject = pairs.EdDSA.privateKey): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: auth.issuer, jti: randomUUID(), iat: now, exp: now + 60, ...changes };
  const signed = `${encode({ alg: 'EdDSA', typ: 'JWT', kid: 'EdDSA', ...header })}.${encode(claims)}`;
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return `${signed}.${sign(digest, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const ask = (client_assertion: string, form: Record<string, string> = {}) =>
  auth.post('/oauth/token', { grant_type: 'client_credentials', client_assertion_type: TYPE, client_assertion, ...form });
const refused = { status: 401, body: { error: 'invalid_client' } };

t.test('an assertion signed with a registered key of each algorithm gives a token', async (t) => {
  for (const alg of ['EdDSA', 'ES256', 'RS256'] as const) {
    const { status, body } = await ask(assertion({}, { alg, kid: alg }, pairs[alg].privateKey));
    t.equal(status, 200, alg);
    t.equal(claimsOf(body.access_token).sub, id);
  }
  t.match(await ask(assertion({}, { alg: 'Ed25519' })), { status: 200 }, 'the name of RFC 9864');
  t.match(await ask(assertion({}, { kid: undefined })), { status: 200 }, 'without a kid');
  t.match(await ask(assertion({}, { typ: undefined })), { status: 200 }, 'without a typ');
  t.match(await ask(assertion({}, { typ: 'client-authentication+jwt' })), { status: 200 });
  t.match(await ask(assertion({ aud: [auth.issuer] })), { status: 200 }, 'the issuer as the only one of a list');
  t.match(await ask(assertion(), { client_id: id }), { status: 200 }, 'client_id may repeat it');
});

t.test('ASVS 10.4.16: an assertion is good once, also when it comes twenty times at once', async (t) => {
  const once = assertion();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(once)));
  t.equal(answers.filter(({ status }) => status === 200).length, 1);
  t.equal(answers.filter(({ status }) => status === 401).length, 19);
  t.match(await ask(once), refused);
  t.match(await ask(assertion()), { status: 200 });
});

t.test('a refused request doesn’t use up a good assertion’s jti for another key', async (t) => {
  const jti = randomUUID();
  t.match(await ask(assertion({ jti }, {}, pairs.foreign.privateKey)), refused);
  t.match(await ask(assertion({ jti })), { status: 200 });
});

t.test('ASVS 6.8.2: an assertion that is wrong in one thing is refused', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const wrong: Record<string, string> = {
    'the token endpoint as audience': assertion({ aud: `${auth.issuer}/oauth/token` }),
    'another audience': assertion({ aud: 'https://elsewhere.example' }),
    'a slash after the issuer': assertion({ aud: `${auth.issuer}/` }),
    'a second audience': assertion({ aud: [auth.issuer, 'https://elsewhere.example'] }),
    'no audience': assertion({ aud: undefined }),
    'another issuer': assertion({ iss: 'somebody-else' }),
    'an unknown client': assertion({ iss: 'somebody-else', sub: 'somebody-else' }),
    'no jti': assertion({ jti: undefined }),
    'an empty jti': assertion({ jti: '' }),
    'a jti that is no string': assertion({ jti: 7 }),
    'a jti that no database holds': assertion({ jti: 'a\0b' }),
    'a client id that no database holds': assertion({ iss: '\0', sub: '\0' }),
    'a jti without end': assertion({ jti: 'x'.repeat(256) }),
    'no exp': assertion({ exp: undefined }),
    'an exp in words': assertion({ exp: String(now + 60) }),
    'an exp that is past': assertion({ exp: now - 6 }),
    'an exp far ahead': assertion({ exp: now + 3600 }),
    'an iat in the future': assertion({ iat: now + 60 }),
    'an nbf in the future': assertion({ nbf: now + 60 }),
    'the typ of an access token': assertion({}, { typ: 'at+jwt' }),
    'a critical extension': assertion({}, { crit: ['exp'] }),
    'no algorithm': assertion({}, { alg: 'none' }),
    'the secret algorithm': assertion({}, { alg: 'HS256' }),
    'an algorithm of another key': assertion({}, { alg: 'ES256' }),
    'an unknown kid': assertion({}, { kid: 'nobody' }),
    'a key that is not registered': assertion({}, {}, pairs.foreign.privateKey),
    'a key that is too short': assertion({}, { alg: 'RS256', kid: 'weak' }, pairs.weak.privateKey),
    'its own key in the header': assertion(
      {},
      { jwk: createPublicKey(pairs.foreign.privateKey).export({ format: 'jwk' }) },
      pairs.foreign.privateKey,
    ),
    'a cut signature': assertion().slice(0, -4),
    'no signature': assertion().slice(0, assertion().lastIndexOf('.') + 1),
    'no signature, of another algorithm': `${assertion({}, { alg: 'ES256', kid: 'ES256' }, pairs.ES256.privateKey).split('.').slice(0, 2).join('.')}.`,
    'a second spelling': `${assertion()}=`,
    'four parts': `${assertion()}.x`,
    'no token': 'abc',
    'a JSON array': `${encode({ alg: 'EdDSA' })}.W10.AAAA`,
    'a very long one': `${assertion({ pad: 'x'.repeat(9000) })}`,
  };
  for (const [what, text] of Object.entries(wrong)) t.match(await ask(text), refused, what);
  t.match(await ask(assertion()), { status: 200 });
});

t.test('an access token is no assertion, and an assertion no access token', async (t) => {
  const { body } = await ask(assertion());
  t.match(await ask(String(body.access_token)), refused);
  t.match(await auth.me(assertion()), { status: 401 });
});

t.test('the assertion must be of the client that is named, and of the known type', async (t) => {
  t.match(await ask(assertion(), { client_id: 'somebody-else' }), refused);
  t.match(await ask(assertion(), { client_assertion_type: 'urn:example:other' }), { status: 400, body: { error: 'invalid_request' } });
  const secret = await auth.addClient();
  t.match(await ask(assertion({ iss: secret.id, sub: secret.id })), refused, 'a client with a secret has no keys');
});

t.test('the assertion of a client that is deleted meanwhile is no fault of the server', async (t) => {
  const used = createClients(auth.db).useAssertion({ clientId: 'deleted', jti: randomUUID(), expiresAt: 2_000_000_000 });
  t.equal(await used, false);
});
