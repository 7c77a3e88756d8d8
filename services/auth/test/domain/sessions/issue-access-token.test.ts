import type { AccessTokenClaims } from '@countersign/tokens';
import t from 'tap';
import { issueAccessToken } from '../../../src/domain/sessions/issue-access-token.ts';

const NOW = 1_800_000_000;

/** What a session that ends then gets. */
async function issue(endsAt: number, { now = NOW + 0.5, accessNotBefore = 0, token = 'signed' } = {}) {
  let signed: AccessTokenClaims | undefined;
  const sign = (claims: AccessTokenClaims) => {
    signed = claims;
    return token;
  };
  const terms = { issuer: 'https://id.example', audience: ['urn:countersign:api'], services: ['auth', 'books'], ttlSeconds: 900 };
  const person = { id: 's', userId: 'u', clientId: 'first-party', generation: 0, delivery: 'body', scope: null } as const;
  const session = { ...person, roles: [], allowedScopes: [], authTime: NOW, endsAt, accessNotBefore, now };
  const { expiresIn } = await issueAccessToken({ current: () => ({ kid: 'k', sign }) }, terms, session, null);
  return { iat: signed?.iat, exp: signed?.exp, expiresIn };
}

t.test('an access token lives as long as is configured, and never past the end of its session', async (t) => {
  t.strictSame(await issue(NOW + 5000), { iat: NOW, exp: NOW + 900, expiresIn: 900 });
  t.strictSame(await issue(NOW + 60.9), { iat: NOW, exp: NOW + 60, expiresIn: 60 });
  t.strictSame(await issue(NOW + 0.9), { iat: NOW, exp: NOW + 1, expiresIn: 1 }, 'but for a part of a second: a life has to be one');
});

t.test('after a change of the session none is signed that the change has ended', async (t) => {
  const soon = { now: NOW + 0.99, accessNotBefore: NOW + 1 };
  t.strictSame(await issue(NOW + 5000, soon), { iat: NOW + 1, exp: NOW + 901, expiresIn: 900 });
});

t.test('the largest token that a verifier takes is given, and none that is larger', async (t) => {
  t.match(await issue(NOW + 5000, { token: 'x'.repeat(8192) }), { expiresIn: 900 });
  await t.rejects(issue(NOW + 5000, { token: 'x'.repeat(8193) }), { code: 'forbidden', detail: /8192 bytes/ });
});
