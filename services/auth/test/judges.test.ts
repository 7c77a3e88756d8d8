import { Problem } from '@countersign/problems';
import { testIssuer, until } from '@countersign/testing';
import { SIGNING_ALGS } from '@countersign/tokens';
import { type RevocationView, startKeySource } from '@countersign/verifier';
import t from 'tap';
import { createJudges } from '../src/judges.ts';

const issuer = await testIssuer();
const unrevoked: RevocationView = { isKidRevoked: () => false, isRevoked: () => false, isFresh: () => true, notReady: () => null };

/** The code of each judge's refusal; `null` where it accepts the token. */
async function verdictsOn(token: string) {
  const keys = startKeySource({ load: async () => ({ keys: issuer.jwks().keys, retiredKids: [], maxAgeSeconds: 30 }) });
  t.teardown(() => keys.close());
  await until(() => keys.notReady() === null);
  const judges = createJudges({ issuer: issuer.issuer, keys, revocations: unrevoked, followed: unrevoked });
  const verdicts = Object.entries(judges).map(async ([name, judge]) => {
    const judgement = await judge(token, 'reject');
    return [name, judgement instanceof Problem ? judgement.code : null];
  });
  return Object.fromEntries(await Promise.all(verdicts));
}

const all = (verdict: string | null) => ({ judge: verdict, judgeExpired: verdict, judgeFollowed: verdict });

t.test('a token that was signed by any algorithm is judged, as those are whose key came before SIGNING_ALG was changed', async (t) => {
  for (const alg of SIGNING_ALGS) {
    await issuer.rotate(alg);
    t.strictSame(await verdictsOn(issuer.sign()), all(null), alg);
  }
});

t.test('clocks may differ by five seconds, and no more', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  t.intercept(Date, 'now', { value: () => now * 1000 });
  const expired = (agoSeconds: number) => issuer.sign({ iat: now - 600, exp: now - agoSeconds });
  t.strictSame(await verdictsOn(expired(4)), all(null));
  t.strictSame(await verdictsOn(expired(5)), { ...all('token_expired'), judgeExpired: null });
  t.strictSame(await verdictsOn(issuer.sign({ iat: now + 5 })), all(null));
  t.strictSame(await verdictsOn(issuer.sign({ iat: now + 6 })), all('token_invalid'));
});
