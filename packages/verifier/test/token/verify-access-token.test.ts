import { createHmac } from 'node:crypto';
import { testIssuer } from '@countersign/testing';
import t from 'tap';
import { nowSeconds } from '../feed.ts';
import { resourceServer } from '../resource-server.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const encode = (part: unknown) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

t.test('each rule of form refuses as token_malformed, and the unspoilt token gets 200', async (t) => {
  const { issuer, call } = await resourceServer();
  const good = issuer.sign();
  const [header = '', payload = '', signature = ''] = good.split('.');
  const head = { alg: 'EdDSA', typ: 'at+jwt', kid: issuer.key().kid };
  const latin1 = (part: object) => Buffer.from(JSON.stringify(part), 'latin1');
  const spoilt = {
    'two parts': `${header}.${payload}`,
    'four parts': `${good}.${signature}`,
    'a refresh token': `cs_rt_${'a'.repeat(77)}`,
    'a JWE of five parts': `${good}.x.y`,
    'an empty header': `.${payload}.${signature}`,
    'an empty payload': `${header}..${signature}`,
    padding: `${good}==`,
    'base64 instead of base64url': `${header}.${payload}.${'+'.repeat(86)}`,
    'a header that is no object': issuer.compact('[]', issuer.claims()),
    'a header that is not UTF-8': issuer.compact(latin1({ ...head, note: 'é' }), issuer.claims()),
    'a payload that is no object': issuer.compact(head, '"text"'),
    'a payload that is no JSON': issuer.compact(head, '{'),
    'a payload that is not UTF-8': issuer.compact(head, latin1(issuer.claims({ sub: 'Zoë' }))),
    'more than 8 KiB': issuer.sign({ more: 'x'.repeat(8192) }),
    'a blank before it': ` ${good}`,
    'two tokens': `${good} ${good}`,
    'JSON serialization': JSON.stringify({ protected: header, payload, signature }),
  };
  for (const [name, token] of Object.entries(spoilt)) t.equal(await call(token), '401 token_malformed', name);
  t.equal(await call(good), '200');
  t.equal(await call(issuer.compact({ ...head, note: 'é' }, issuer.claims({ sub: 'Zoë' }))), '200', 'the same in UTF-8');
});

t.test('one token has one spelling: of the 16 last characters that decode to one signature, one is accepted', async (t) => {
  const { issuer, call } = await resourceServer();
  const good = issuer.sign();
  const last = BASE64URL.indexOf(good.at(-1) as string);
  const group = BASE64URL.slice(last - (last % 16), last - (last % 16) + 16).split('');
  const answers = await Promise.all(group.map((character) => call(good.slice(0, -1) + character)));
  t.equal(answers.filter((answer) => answer === '200').length, 1);
  t.equal(answers.filter((answer) => answer === '401 token_malformed').length, 15);
});

t.test(
  'ASVS 1.3.6, 9.1.1, 9.1.2, 9.1.3, 9.2.1, 9.2.2, 9.2.3: each rule of header, signature and claims refuses as token_invalid, and the unspoilt token gets 200',
  async (t) => {
    const { issuer, call } = await resourceServer();
    const now = nowSeconds();
    const { kid, publicJwk } = issuer.key();
    const stranger = await testIssuer();
    const rs256 = await testIssuer({ alg: 'RS256' });
    const head = { alg: 'EdDSA', typ: 'at+jwt', kid };
    const hmac = (secret: string) => {
      const signed = `${encode({ ...head, alg: 'HS256' })}.${encode(issuer.claims())}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    const spoilt = {
      'typ JWT': issuer.sign({}, { typ: 'JWT' }),
      'typ application/at+jwt': issuer.sign({}, { typ: 'application/at+jwt' }),
      'typ AT+JWT': issuer.sign({}, { typ: 'AT+JWT' }),
      'typ absent': issuer.sign({}, { typ: undefined }),
      'alg none, no signature': issuer.compact({ ...head, alg: 'none' }, issuer.claims(), ''),
      'alg None': issuer.sign({}, { alg: 'None' }),
      'alg HS256 keyed with the public key': hmac(JSON.stringify(publicJwk)),
      "alg of another family than the key's": issuer.sign({}, { alg: 'RS256' }),
      'alg Ed25519': issuer.sign({}, { alg: 'Ed25519' }),
      'alg absent': issuer.sign({}, { alg: undefined }),
      'alg as an array': issuer.sign({}, { alg: ['EdDSA'] }),
      'kid absent': issuer.sign({}, { kid: undefined }),
      'kid no string': issuer.sign({}, { kid: 1 }),
      'kid unknown': issuer.sign({}, { kid: 'nobody' }),
      'kid __proto__': issuer.sign({}, { kid: '__proto__' }),
      "a stranger's signature under our kid": stranger.sign({}, { kid }),
      "a stranger's RS256 signature": rs256.sign({}, { kid }),
      'no signature': issuer.compact(head, issuer.claims(), ''),
      'a short signature': issuer.compact(head, issuer.claims(), Buffer.alloc(63)),
      'a signature of zeros': issuer.compact(head, issuer.claims(), Buffer.alloc(64)),
      "another payload under a good token's signature": spliced(issuer.sign(), issuer.sign({ roles: ['admin'] })),
      ...Object.fromEntries(['crit', 'jwk', 'jku', 'x5u', 'x5c'].map((name) => [`header ${name}`, issuer.sign({}, { [name]: ['exp'] })])),
      'iss of another': issuer.sign({ iss: 'https://evil.example' }),
      'iss with a slash more': issuer.sign({ iss: `${issuer.issuer}/` }),
      'iss absent': issuer.sign({ iss: undefined }),
      'iss as an array': issuer.sign({ iss: [issuer.issuer] }),
      ...Object.fromEntries(
        ['exp', 'iat', 'jti', 'sub', 'client_id'].flatMap((name) => [
          [`${name} absent`, issuer.sign({ [name]: undefined })],
          [`${name} null`, issuer.sign({ [name]: null })],
          [`${name} an object`, issuer.sign({ [name]: {} })],
        ]),
      ),
      'sub a number': issuer.sign({ sub: 7 }),
      'sub empty': issuer.sign({ sub: '' }),
      'exp a string': issuer.sign({ exp: String(now + 900) }),
      'exp a fraction': issuer.sign({ exp: now + 900.5 }),
      'exp beyond reason': issuer.sign({ exp: 1e300 }),
      'iat a fraction': issuer.sign({ iat: now - 0.5 }),
      'aud a number': issuer.sign({ aud: 7 }),
      'aud with a number in it': issuer.sign({ aud: ['urn:countersign:api', 7] }),
      'roles a string': issuer.sign({ roles: 'admin' }),
      'scope an array': issuer.sign({ scope: ['books:read'] }),
      'sid a number': issuer.sign({ sid: 1 }),
      'auth_time a string': issuer.sign({ auth_time: 'now' }),
      'auth_time before 1970': issuer.sign({ auth_time: -1 }),
      'csrf a number': issuer.sign({ csrf: 1 }),
      'act without sub': issuer.sign({ act: {} }),
      'act null': issuer.sign({ act: null }),
      'act a string': issuer.sign({ act: 'c-1' }),
      'act with an actor in it that is none': issuer.sign({ act: { sub: 'c-1', act: { sub: 7 } } }),
      'act with null in it': issuer.sign({ act: { sub: 'c-1', act: null } }),
      'a life over an hour': issuer.sign({ iat: now, exp: now + 3601 }),
      'iat in the future': issuer.sign({ iat: now + 60, exp: now + 900 }),
      'nbf in the future': issuer.sign({ nbf: now + 60 }),
      'nbf a string': issuer.sign({ nbf: 'now' }),
    };
    for (const [name, token] of Object.entries(spoilt)) t.equal(await call(token), '401 token_invalid', name);
    const good = {
      plain: issuer.sign(),
      'a life of an hour': issuer.sign({ iat: now, exp: now + 3600 }),
      'iat within the leeway': issuer.sign({ iat: now + 3 }),
      'nbf past': issuer.sign({ nbf: now - 10 }),
      'several audiences': issuer.sign({ aud: ['urn:else', 'urn:countersign:api'] }),
      "a client's own": issuer.sign({ sid: undefined, roles: undefined, auth_time: undefined, sub: 'c-1', client_id: 'c-1' }),
      'an actor': issuer.sign({ act: { sub: 'c-1', act: { sub: 'c-2' } } }),
      'a csrf, as Bearer': issuer.sign({ csrf: 'x' }),
      'an unknown claim': issuer.sign({ planet: 'mars', __proto__: { roles: ['admin'] } }),
      'an unknown claim that is null': issuer.sign({ planet: null, moons: [null] }),
    };
    for (const [name, token] of Object.entries(good)) t.equal(await call(token), '200', name);
  },
);

t.test('the first rule that fails names the refusal, in the order of the contract', async (t) => {
  const { issuer, view, call } = await resourceServer();
  const now = nowSeconds();
  const old = { iat: now - 900, exp: now - 10 };
  const elsewhere = { aud: 'urn:countersign:other' };
  t.equal(await call(issuer.sign({ ...elsewhere, iss: 'x' })), '401 token_invalid', 'invalid before wrong audience');
  t.equal(await call(issuer.sign({ ...old, ...elsewhere })), '401 token_wrong_audience', 'wrong audience before expired');
  t.equal(await call(issuer.sign({ exp: now - 10 })), '401 token_expired', 'before its iat');
  t.equal(await call(issuer.sign({ aud: [] })), '401 token_wrong_audience', 'for nobody');
  t.equal(await call(issuer.sign({ aud: undefined })), '401 token_wrong_audience', 'no audience');
  const revoked = { sid: 'gone' };
  view.revoked.add({ kind: 'sid', id: 'gone', expiresAt: now + 900, before: null });
  t.equal(await call(issuer.sign({ ...revoked, ...old })), '401 token_expired', 'expired before revoked');
  t.equal(await call(issuer.sign(revoked)), '401 token_revoked');
  t.equal(await call(issuer.sign({ exp: now - 3, iat: now - 60 })), '200', 'expired, within the leeway');
  const good = issuer.sign();
  const wrong = issuer.sign({}, { typ: 'JWT' });
  t.equal(await call(good), '200');
  view.revoked.add({ kind: 'kid', id: issuer.key().kid, expiresAt: null, before: null });
  t.equal(await call(wrong), '401 token_revoked', 'a killed key before what is invalid');
  t.equal(await call(`${wrong}=`), '401 token_malformed', 'form before a killed key');
  t.equal(await call(good), '401 token_revoked', 'a token that was good before, too');
});

t.test('ASVS 7.4.1, 9.2.1: a known token is refused from the second on that it expires or is revoked', async (t) => {
  const { issuer, view, call } = await resourceServer({ clockToleranceSeconds: 0 });
  const soon = nowSeconds() + 2;
  let nowMs = Date.now();
  t.intercept(Date, 'now', { value: () => nowMs });
  const [shortLived, byJti, byClient] = [issuer.sign({ exp: soon }), issuer.sign({ jti: 'j-x' }), issuer.sign({ client_id: 'c-x' })];
  for (const token of [shortLived, byJti, byClient]) t.equal(await call(token), '200');
  view.revoked.add({ kind: 'jti', id: 'j-x', expiresAt: soon + 900, before: null });
  t.equal(await call(byJti), '401 token_revoked');
  view.revoked.add({ kind: 'client', id: 'c-x', expiresAt: soon + 900, before: nowSeconds() + 1 });
  t.equal(await call(byClient), '401 token_revoked');
  nowMs = soon * 1000 - 1;
  t.equal(await call(shortLived), '200');
  nowMs += 1;
  t.equal(await call(shortLived), '401 token_expired');
});

for (const alg of ['ES256', 'RS256'] as const) {
  t.test(`${alg} tokens are accepted where their alg is allowed, and refused where it isn't`, async (t) => {
    const issuer = await testIssuer({ alg });
    const open = await resourceServer({ issuerOf: issuer });
    const closed = await resourceServer({ issuerOf: issuer, algorithms: ['EdDSA'] });
    const token = issuer.sign();
    t.equal(await open.call(token), '200');
    t.equal(await closed.call(token), '401 token_invalid');
  });
}

t.test('a revoked ES256 token is refused in its other spelling, too: the signature (r, n − s) is as good as (r, s)', async (t) => {
  const issuer = await testIssuer({ alg: 'ES256' });
  const { call, view } = await resourceServer({ issuerOf: issuer });
  const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const token = issuer.sign({ jti: 'revoked-in-a-moment' });
  const [header, payload, text = ''] = token.split('.');
  const signature = Buffer.from(text, 'base64url');
  const s = order - BigInt(`0x${signature.toString('hex', 32)}`);
  const twin = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  const twinToken = `${header}.${payload}.${twin.toString('base64url')}`;
  t.strictSame([await call(token), await call(twinToken)], ['200', '200']);
  view.revoked.add({ kind: 'jti', id: 'revoked-in-a-moment', expiresAt: nowSeconds() + 60, before: null });
  t.strictSame([await call(token), await call(twinToken)], ['401 token_revoked', '401 token_revoked']);
});

/** The first token's header and signature around the second one's payload. */
function spliced(one: string, other: string): string {
  const [header, , signature] = one.split('.');
  return `${header}.${other.split('.')[1]}.${signature}`;
}
