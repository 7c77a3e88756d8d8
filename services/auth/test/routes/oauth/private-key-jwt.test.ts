import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import t from 'tap';
import { createClients } from '../../../src/stores/clients.postgres.ts';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth } from './started-auth.ts';

const auth = await startedAuth(t, { LOG_LEVEL: 'info' });
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

t.test('ASVS 6.8.2: an assertion that is wrong in one thing is refused, and only the log names it', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const ownKey = { jwk: createPublicKey(pairs.foreign.privateKey).export({ format: 'jwk' }) };
  const unsigned = (text: string) => text.slice(0, text.lastIndexOf('.') + 1);
  const withSecret = await auth.addClient();
  const wrong: Record<string, Record<string, string>> = {
    'the assertion is malformed': {
      'a second spelling': `${assertion()}=`,
      'four parts': `${assertion()}.x`,
      'no token': 'abc',
      'a JSON array': `${encode({ alg: 'EdDSA' })}.W10.AAAA`,
      'a very long one': `${assertion({ pad: 'x'.repeat(9000) })}`,
    },
    'alg is not supported': {
      'no algorithm': assertion({}, { alg: 'none' }),
      'the secret algorithm': assertion({}, { alg: 'HS256' }),
    },
    'typ is not that of an assertion': { 'the typ of an access token': assertion({}, { typ: 'at+jwt' }) },
    'crit is not supported': { 'a critical extension': assertion({}, { crit: ['exp'] }) },
    'sub is not the id of a client': { 'a client id that no database holds': assertion({ iss: '\0', sub: '\0' }) },
    'iss is not sub': { 'another issuer': assertion({ iss: 'somebody-else' }) },
    'jti is missing or malformed': {
      'no jti': assertion({ jti: undefined }),
      'an empty jti': assertion({ jti: '' }),
      'a jti that is no string': assertion({ jti: 7 }),
      'a jti that no database holds': assertion({ jti: 'a\0b' }),
      'a jti without end': assertion({ jti: 'x'.repeat(256) }),
    },
    'aud is not the issuer': {
      'the token endpoint as audience': assertion({ aud: `${auth.issuer}/oauth/token` }),
      'another audience': assertion({ aud: 'https://elsewhere.example' }),
      'a slash after the issuer': assertion({ aud: `${auth.issuer}/` }),
      'a second audience': assertion({ aud: [auth.issuer, 'https://elsewhere.example'] }),
      'no audience': assertion({ aud: undefined }),
    },
    'unknown client': { 'an unknown client': assertion({ iss: 'somebody-else', sub: 'somebody-else' }) },
    'the client has a secret, and no key': { 'a client with a secret': assertion({ iss: withSecret.id, sub: withSecret.id }) },
    'exp is missing or malformed': {
      'no exp': assertion({ exp: undefined }),
      'an exp in words': assertion({ exp: String(now + 60) }),
    },
    expired: { 'an exp that is past': assertion({ exp: now - 6 }) },
    'exp is too far ahead': { 'an exp far ahead': assertion({ exp: now + 3600 }) },
    'iat is not in the past': { 'an iat in the future': assertion({ iat: now + 60 }) },
    'nbf is not in the past': { 'an nbf in the future': assertion({ nbf: now + 60 }) },
    'no key of this kid and alg': {
      'an algorithm of another key': assertion({}, { alg: 'ES256' }),
      'an unknown kid': assertion({}, { kid: 'nobody' }),
      'a key that is too short': assertion({}, { alg: 'RS256', kid: 'weak' }, pairs.weak.privateKey),
    },
    'the signature is wrong': {
      'a key that is not registered': assertion({}, {}, pairs.foreign.privateKey),
      'its own key in the header': assertion({}, ownKey, pairs.foreign.privateKey),
      'a cut signature': assertion().slice(0, -2),
      'no signature': unsigned(assertion()),
      'no signature, of another algorithm': unsigned(assertion({}, { alg: 'ES256', kid: 'ES256' }, pairs.ES256.privateKey)),
    },
  };
  for (const [reason, assertions] of Object.entries(wrong)) {
    for (const [what, text] of Object.entries(assertions)) {
      const { answer, logged, reasons } = await askAndReadLog(text);
      t.match(answer, refused, what);
      t.notOk(JSON.stringify(answer.body).includes(reason), 'which the client is not told');
      t.strictSame(reasons, [reason], what);
      for (const part of text.split('.').filter(({ length }) => length >= 20)) t.notOk(logged.includes(part), what);
    }
  }
  t.match(await ask(assertion()), { status: 200 });
});

t.test('the log names the client that a refused assertion is of, and that it was used before', async (t) => {
  const once = assertion();
  t.match(await ask(once), { status: 200 });
  const { answer, claimed, reasons } = await askAndReadLog(once);
  t.match(answer, refused);
  t.strictSame(reasons, ['used before, or expired by now']);
  t.strictSame(claimed, [id]);
});

t.test('… and where the assertion names none, the one that the form names', async (t) => {
  const claimedIn = async (text: string, client_id?: string) => {
    const { answer, claimed } = await askAndReadLog(text, client_id === undefined ? {} : { client_id });
    t.match(answer, refused);
    return claimed;
  };
  const other = 'somebody-else';
  t.strictSame(await claimedIn('no token'), [null]);
  t.strictSame(await claimedIn('no token', id), [id]);
  t.strictSame(await claimedIn(assertion({ sub: 7 })), [null]);
  t.strictSame(await claimedIn(assertion({ sub: 7 }), id), [id]);
  t.strictSame(await claimedIn(assertion({ iss: other, sub: other }), id), [other], 'what it says itself comes first');
  t.strictSame(await claimedIn(assertion(), other), [id]);
});

/** What the log tells of one request. */
async function askAndReadLog(text: string, form: Record<string, string> = {}) {
  const before = auth.log.length;
  const answer = await ask(text, form);
  const lines = auth.log.slice(before);
  const told = lines.map((line) => JSON.parse(line) as Json).filter(({ msg }) => msg === 'client not authenticated');
  return {
    answer,
    logged: lines.join(''),
    claimed: told.map(({ claimed_client_id }) => claimed_client_id),
    reasons: told.map(({ reason }) => reason),
  };
}

t.test('an access token is no assertion, and an assertion no access token', async (t) => {
  const { body } = await ask(assertion());
  t.match(await ask(String(body.access_token)), refused);
  t.match(await auth.me(assertion()), { status: 401 });
});

t.test('the assertion must be of the client that is named, and of the known type', async (t) => {
  const once = assertion();
  const { answer, reasons } = await askAndReadLog(once, { client_id: 'somebody-else' });
  t.match(answer, refused);
  t.strictSame(reasons, ['client_id is not sub']);
  t.match(await ask(once), { status: 200 }, 'which does not use it up');
  t.match(await ask(assertion(), { client_assertion_type: 'urn:example:other' }), { status: 400, body: { error: 'invalid_request' } });
});

t.test('the assertion of a client that is deleted meanwhile is no fault of the server', async (t) => {
  const used = createClients(auth.db).useAssertion({ clientId: 'deleted', jti: randomUUID(), expiresAtSeconds: 2_000_000_000 });
  t.equal(await used, false);
});
