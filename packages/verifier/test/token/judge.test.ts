import { Problem } from '@countersign/problems';
import { type TestIssuer, testIssuer } from '@countersign/testing';
import t from 'tap';
import type { KeySource } from '../../src/keys/key-source.ts';
import { createVerificationKey, type VerificationKey } from '../../src/keys/verification-key.ts';
import type { RevocationView } from '../../src/revocation/revocation-view.ts';
import { createJudge, type Judge, type JudgeOptions } from '../../src/token/judge.ts';
import { createView } from '../resource-server.ts';

interface Counted {
  readonly judge: Judge;
  /** Signatures that were checked, including those in another thread. */
  verified: number;
  aside: number;
  refreshes: number;
}

async function counted(
  issuer: TestIssuer,
  { revocations = createView(), ...options }: Partial<JudgeOptions> = {},
  retiredKids: readonly string[] = [],
): Promise<Counted> {
  const counts = { verified: 0, aside: 0, refreshes: 0 };
  const keys = new Map<string, VerificationKey>();
  for (const jwk of issuer.jwks().keys) {
    const key = createVerificationKey(jwk);
    if (key === null) throw new Error('unusable');
    keys.set(key.kid, {
      ...key,
      verify: (signed, signature) => {
        counts.verified += 1;
        return key.verify(signed, signature);
      },
      verifyAside: (signed, signature) => {
        counts.verified += 1;
        counts.aside += 1;
        return key.verifyAside(signed, signature);
      },
    });
  }
  const source: KeySource = {
    notReady: () => null,
    find: (kid) => keys.get(kid),
    isRetired: (kid) => retiredKids.includes(kid),
    refresh: () => {
      counts.refreshes += 1;
      return null;
    },
    refreshNow: async () => {},
    close: () => {},
  };
  const judge = createJudge({
    issuer: issuer.issuer,
    audience: ['urn:countersign:api'],
    algorithms: ['EdDSA'],
    clockToleranceSeconds: 5,
    keys: source,
    revocations,
    ...options,
  });
  return Object.assign(counts, { judge });
}

const isGood = (judgement: unknown) => !(judgement instanceof Problem) && !(judgement instanceof Promise);

t.test('a warm token costs no signature and no promise', async (t) => {
  const issuer = await testIssuer();
  const counts = await counted(issuer);
  const token = issuer.sign();
  t.ok(isGood(await counts.judge(token, 'reject')));
  t.ok(Array.from({ length: 100 }, () => counts.judge(token, 'reject')).every(isGood));
  t.equal(counts.verified, 1);
});

t.test('of new tokens that come at once the first is verified in this thread, and the others are not', async (t) => {
  const issuer = await testIssuer();
  const stranger = await testIssuer();
  const counts = await counted(issuer);
  const burst = [issuer.sign(), issuer.sign(), stranger.sign({}, { kid: issuer.key().kid })].map(async (token) =>
    counts.judge(token, 'reject'),
  );
  t.strictSame((await Promise.all(burst)).map(isGood), [true, true, false]);
  t.equal(counts.aside, 2);
  await new Promise(setImmediate);
  t.ok(isGood(await counts.judge(issuer.sign(), 'reject')), 'in the next turn it is the same again');
  t.strictSame([counts.verified, counts.aside], [4, 2]);
});

t.test('the view is asked about a warm token again when something was revoked since, and only then', async (t) => {
  const issuer = await testIssuer();
  const view = createView();
  let asked = 0;
  const isRevoked: RevocationView['isRevoked'] = (token) => {
    asked += 1;
    return view.revoked.isRevoked(token);
  };
  const { judge } = await counted(issuer, { revocations: { ...view, isRevoked } });
  const token = issuer.sign({ sid: 'mine' });
  const judgeTen = () => Array.from({ length: 10 }, () => judge(token, 'reject'));
  t.ok(isGood(await judge(token, 'reject')));
  t.ok(judgeTen().every(isGood));
  t.equal(asked, 1);
  view.revoked.add({ kind: 'sid', id: "another's", expiresAt: 2e9, before: null });
  t.ok(judgeTen().every(isGood));
  t.equal(asked, 2);
  view.revoked.add({ kind: 'sid', id: 'mine', expiresAt: 2e9, before: null });
  t.notOk(judgeTen().some(isGood));
  t.equal(asked, 12, 'that it is revoked is not remembered');
});

t.test('ASVS 15.4.4: a flood of bad signatures, or of tokens that have expired, evicts no good token', async (t) => {
  const issuer = await testIssuer();
  const stranger = await testIssuer();
  const counts = await counted(issuer, { cacheBytes: 20_000 });
  const good = Array.from({ length: 5 }, () => issuer.sign());
  const judgeAll = (tokens: string[]) => Promise.all(tokens.map(async (token) => counts.judge(token, 'reject')));
  t.ok((await judgeAll(good)).every(isGood));
  const { kid } = issuer.key();
  const flood = await judgeAll(Array.from({ length: 500 }, () => stranger.sign({}, { kid })));
  t.notOk(flood.some(isGood));
  const now = Math.floor(Date.now() / 1000);
  const expired = await judgeAll(Array.from({ length: 500 }, () => issuer.sign({ iat: now - 900, exp: now - 10 })));
  t.notOk(expired.some(isGood));
  const before = counts.verified;
  t.ok(good.every((token) => isGood(counts.judge(token, 'reject'))));
  t.equal(counts.verified, before, 'each good token is still known');
});

t.test('unknown kids are refused before any signature is checked', async (t) => {
  const issuer = await testIssuer();
  const counts = await counted(issuer);
  const flood = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => counts.judge(issuer.sign({}, { kid: `unknown-${i}` }), 'reject')),
  );
  t.notOk(flood.some(isGood));
  t.strictSame({ verified: counts.verified, refreshes: counts.refreshes }, { verified: 0, refreshes: 100 });
});

t.test(
  'a token of a key that is no longer published has expired or is revoked, so that its client refreshes; nobody looks for the key',
  async (t) => {
    const issuer = await testIssuer();
    const counts = await counted(issuer, {}, ['retired']);
    const now = Math.floor(Date.now() / 1000);
    const codeOf = async (claims: Record<string, unknown>, header: Record<string, unknown>) => {
      const judgement = await counts.judge(issuer.sign(claims, header), 'reject');
      return judgement instanceof Problem ? judgement.code : 'good';
    };
    const expired = { iat: now - 1000, exp: now - 100 };
    t.equal(await codeOf(expired, { kid: 'retired' }), 'token_expired');
    t.equal(await codeOf({ exp: now - 2 }, { kid: 'retired' }), 'token_revoked', 'the leeway of clocks counts');
    t.equal(await codeOf({}, { kid: 'retired' }), 'token_revoked', 'its key was killed');
    for (const exp of [undefined, 'soon', null, {}])
      t.equal(await codeOf({ exp }, { kid: 'retired' }), 'token_revoked', JSON.stringify(exp));
    t.strictSame({ verified: counts.verified, refreshes: counts.refreshes }, { verified: 0, refreshes: 0 });
    t.equal(await codeOf(expired, { kid: 'never' }), 'token_invalid');
    t.equal(await codeOf(expired, { kid: 'retired', typ: 'JWT' }), 'token_invalid', 'the rules before it go first');
    t.equal(await codeOf({}, {}), 'good');
  },
);

t.test('a header that is refused whatever its key makes nobody look for keys', async (t) => {
  const issuer = await testIssuer();
  const counts = await counted(issuer);
  const headers = [
    { kid: undefined },
    { kid: 7 },
    { kid: 'unknown', typ: 'JWT' },
    { kid: 'unknown', alg: 'none' },
    { kid: 'unknown', jku: 'x' },
  ];
  t.notOk((await Promise.all(headers.map(async (header) => counts.judge(issuer.sign({}, header), 'reject')))).some(isGood));
  t.equal(counts.refreshes, 0);
  t.notOk(isGood(await counts.judge(issuer.sign({}, { kid: 'unknown' }), 'reject')));
  t.equal(counts.refreshes, 1);
});

t.test('ASVS 15.2.2: good tokens without end are held in bounded memory, and those in use stay', async (t) => {
  const issuer = await testIssuer();
  const counts = await counted(issuer, { cacheBytes: 40_000 });
  const used = issuer.sign();
  for (let i = 0; i < 300; i += 1) {
    for (const token of [issuer.sign(), used]) if (!isGood(await counts.judge(token, 'reject'))) t.fail(`refused at ${i}`);
  }
  t.equal(counts.verified, 301, 'the one in use was verified once');
});

t.test('a token that was good is refused once its kid names another key', async (t) => {
  const issuer = await testIssuer();
  const { kid, publicJwk } = issuer.key();
  const { publicJwk: other } = (await testIssuer()).key();
  let current = createVerificationKey(publicJwk);
  const keys: KeySource = {
    notReady: () => null,
    find: (asked) => (asked === kid ? (current ?? undefined) : undefined),
    refresh: () => null,
    refreshNow: async () => {},
    close: () => {},
  };
  const { judge } = await counted(issuer, { keys });
  const token = issuer.sign();
  t.ok(isGood(await judge(token, 'reject')));
  t.ok(isGood(judge(token, 'reject')), 'remembered');
  current = createVerificationKey({ ...other, kid });
  await new Promise(setImmediate);
  t.match(await judge(token, 'reject'), { code: 'token_invalid' });
});

t.test("a token with another's signature is not taken for it", async (t) => {
  const issuer = await testIssuer();
  const counts = await counted(issuer);
  const good = issuer.sign();
  t.ok(isGood(await counts.judge(good, 'reject')));
  const [header, , signature] = good.split('.');
  const forged = `${header}.${issuer.sign({ roles: ['admin'] }).split('.')[1]}.${signature}`;
  t.notOk(isGood(await counts.judge(forged, 'reject')));
  t.ok(isGood(counts.judge(good, 'reject')));
});

t.test('acceptExpired passes over the expiry of a token, and over nothing else', async (t) => {
  const issuer = await testIssuer();
  const now = Math.floor(Date.now() / 1000);
  const old = { iat: now - 900_000, exp: now - 899_100 };
  const { judge: usual } = await counted(issuer);
  const { judge } = await counted(issuer, { acceptExpired: true });
  const codeOf = async (by: Judge, token: string) => {
    const judgement = await by(token, 'reject');
    return judgement instanceof Problem ? judgement.code : 'good';
  };
  const expired = issuer.sign(old);
  t.equal(await codeOf(judge, expired), 'good');
  t.equal(await codeOf(judge, expired), 'good', 'remembered');
  t.equal(await codeOf(usual, expired), 'token_expired');
  t.equal(await codeOf(judge, issuer.sign()), 'good');
  t.equal(await codeOf(judge, issuer.sign({ iat: now + 60, exp: now + 900 })), 'token_invalid', 'from the future');
  t.equal(await codeOf(judge, issuer.sign({ ...old, aud: 'urn:elsewhere' })), 'token_wrong_audience');
  t.equal(await codeOf(judge, issuer.sign({ ...old, iss: 'http://elsewhere' })), 'token_invalid');
});
