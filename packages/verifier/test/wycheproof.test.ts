import { readFileSync } from 'node:fs';
import { type CompactToken, isSigningAlg, parseCompactToken, parseJwks } from '@countersign/tokens';
import t from 'tap';
import { createVerificationKey } from '../src/keys/verification-key.ts';
import { type AccessTokenRules, verifyAccessToken } from '../src/token/verify-access-token.ts';

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string | object;
  readonly result: 'valid' | 'invalid';
}

type Jwk = Readonly<Record<string, unknown>>;

interface Vectors<Key> {
  readonly testGroups: readonly { readonly public?: Key; readonly private: Key; readonly tests: readonly Case[] }[];
}

function read<Content>(path: string): Content {
  return JSON.parse(readFileSync(new URL(`./vectors/${path}`, import.meta.url), 'utf8')) as Content;
}

const signatures = read<Vectors<Jwk>>('wycheproof/json_web_signature_test.json');
const keySets = read<Vectors<{ readonly keys: readonly Jwk[] }>>('wycheproof/json_web_key_test.json');
const rfc = read<{ readonly jws: readonly { readonly id: string; readonly alg: string; readonly jwk: Jwk; readonly jws: string }[] }>(
  'rfc/rfc_vectors.json',
);

const EMPTY_OBJECT = Buffer.from('{}').toString('base64url');
const rules: AccessTokenRules = { issuer: 'nobody', audience: null, algorithms: [], clockToleranceSeconds: 0 };

/** Whether the checks of form, of alg and of the signature let these bytes pass; what the claims say comes after them. */
async function verifies(jws: string | object, jwk: Jwk): Promise<boolean> {
  const { alg } = jwk;
  if (typeof jws !== 'string' || !isSigningAlg(alg)) return false;
  const key = createVerificationKey({ ...jwk, kid: 'vector', alg });
  const token = parse(jws);
  if (key === null || token === null) return false;
  let isGood = false;
  await verifyAccessToken(token, key, rules, async (key, { signingInput, signature }) => {
    isGood = key.verify(signingInput, signature);
    if ((await key.verifyAside(signingInput, signature)) !== isGood) throw new Error(`another thread has another opinion of ${jws}`);
    return isGood;
  });
  return isGood;
}

/** Most vectors sign what is no JSON object, as a token's payload must be: its form is checked in the signature's place instead. */
function parse(jws: string): CompactToken | null {
  const [header, payload = '', ...more] = jws.split('.');
  const token = parseCompactToken([header, EMPTY_OBJECT, ...more].join('.'));
  if (token === null || parseCompactToken(`${EMPTY_OBJECT}.${EMPTY_OBJECT}.${payload}`) === null) return null;
  return { ...token, signingInput: Buffer.from(`${header}.${payload}`) };
}

function algOf(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString()).alg;
  } catch {
    return null;
  }
}

/** What a lenient decoder, which minds neither padding nor the unused bits of the last character, takes for the same bytes. */
function otherSpellings(jws: string): string[] {
  const nextCharacter = String.fromCharCode(jws.charCodeAt(jws.length - 1) + 1);
  return [`${jws}=`, `${jws}==`, jws.slice(0, -1) + nextCharacter];
}

const cases = signatures.testGroups.flatMap(({ tests, ...group }) =>
  tests.map((test) => ({ ...test, jwk: group.public ?? group.private })),
);

t.test('ASVS 11.2.1: no invalid signature of Wycheproof verifies, and every valid one of an algorithm that is ours does', async (t) => {
  t.equal(cases.length, 401);
  const valid = cases.filter(({ result }) => result === 'valid');
  t.equal(valid.length, 46);
  // The rest of the 46 use HMAC, PSS and longer digests: algorithms that no Countersign key has, refused as such.
  const isOurs = (one: (typeof cases)[number]): one is typeof one & { readonly jws: string } =>
    isSigningAlg(one.jwk.alg) && typeof one.jws === 'string' && algOf(one.jws.split('.', 1)[0] ?? '') === one.jwk.alg;
  const ours = valid.filter(isOurs);
  t.equal(ours.length, 10);
  for (const { tcId, jws, jwk } of ours) {
    t.ok(await verifies(jws, jwk), `valid ${tcId}`);
    for (const other of otherSpellings(jws)) t.notOk(await verifies(other, jwk), `another spelling of ${tcId}`);
  }
  for (const { tcId, jws, jwk } of valid.filter((one) => !isOurs(one))) t.notOk(await verifies(jws, jwk), `of another algorithm: ${tcId}`);
  for (const { tcId, comment, jws, jwk } of cases.filter(({ result }) => result === 'invalid'))
    t.notOk(await verifies(jws, jwk), `${tcId} ${comment}`);
});

t.test('the RFC appendices verify: RFC 7515 A.2 and A.3, RFC 8037 A.4', async (t) => {
  const ours = rfc.jws.filter(({ alg }) => isSigningAlg(alg));
  t.strictSame(
    ours.map(({ id }) => id),
    ['RFC7515-A.2', 'RFC7515-A.3'],
  );
  for (const { id, alg, jwk, jws } of ours) t.ok(await verifies(jws, { ...jwk, alg }), id);
  const ed25519 = { alg: 'EdDSA', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  const jws =
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
  t.ok(await verifies(jws, ed25519));
  t.notOk(await verifies(jws.replace('RXhh', 'RXhi'), ed25519));
});

t.test('no key set of Wycheproof makes an invalid case verify', async (t) => {
  for (const { tests, ...group } of keySets.testGroups) {
    const keys = parseJwks(group.public ?? group.private) ?? [];
    for (const { tcId, comment, jws, result } of tests) {
      const verified = await Promise.all(keys.map((jwk) => verifies(jws, { ...jwk })));
      // Of the valid ones four use HMAC and one an RSA key of 2048 bits: ours have at least 3072 (ASVS 11.2.3).
      t.notOk(verified.includes(true), `${tcId} ${comment} (${result})`);
    }
  }
});

t.test('a key set with a key that is not on its curve keeps its other keys', async (t) => {
  const group = keySets.testGroups.find(({ tests }) => tests[0]?.tcId === 22);
  const [bad] = parseJwks(group?.public ?? group?.private) ?? [];
  t.equal(bad === undefined ? undefined : createVerificationKey(bad), null);
});
