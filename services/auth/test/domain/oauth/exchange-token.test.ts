import { Problem } from '@countersign/problems';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { Judgement } from '@countersign/verifier/parts';
import t from 'tap';
import type { ClientReading } from '../../../src/domain/clients/client.ts';
import { type ExchangePorts, exchangeToken } from '../../../src/domain/oauth/exchange-token.ts';

const NOW = 1_800_000_000;
const subject: AccessTokenClaims = {
  iss: 'https://id.example',
  aud: 'urn:countersign:books',
  sub: 'user',
  client_id: 'first-party',
  iat: NOW - 100,
  exp: NOW + 100,
  jti: 'j',
  sid: 's',
  scope: 'books:read',
};
const client: ClientReading['client'] = {
  id: 'c-1',
  name: 'an actor',
  authMethod: 'client_secret',
  scopes: ['books:read'],
  audiences: ['urn:countersign:books'],
  jwks: null,
  tokensNotBefore: 0,
};

/** The claims of what a subject token is exchanged for, or the description of the refusal. */
async function exchange(
  changes: { exp?: number; sid?: undefined },
  { now = NOW, tokensNotBefore = 0, isLive = true, isRevokedMeanwhile = false } = {},
) {
  let judgement: Judgement = { kid: 'k', claims: { ...subject, ...changes } as AccessTokenClaims };
  let signed: AccessTokenClaims | undefined;
  const sign = (claims: AccessTokenClaims) => {
    signed = claims;
    return 'signed';
  };
  const ports = {
    db: {},
    judge: () => judgement,
    sessions: {
      findLive: async () => {
        if (isRevokedMeanwhile) judgement = new Problem('token_revoked');
        return isLive ? {} : null;
      },
    },
    keys: { current: () => ({ kid: 'k', sign }) },
  } as unknown as ExchangePorts;
  const terms = { issuer: subject.iss, audience: [], services: ['auth', 'books'], ttlSeconds: 900 };
  const reading = { client: { ...client, tokensNotBefore }, secretDigests: [], now };
  const asked = { subjectToken: 'token', scope: undefined, resource: [] };
  return await exchangeToken(ports, terms, reading, asked).then(
    ({ expiresIn }) => ({ ...signed, expiresIn }),
    (error: Error) => error.message,
  );
}

t.test('the life ends with the subject token’s, which is refused in the seconds for which it is still tolerated afterwards', async (t) => {
  t.match(await exchange({}), { iat: NOW, exp: NOW + 100, expiresIn: 100 });
  t.match(await exchange({ exp: NOW + 1 }), { iat: NOW, exp: NOW + 1, expiresIn: 1 });
  t.match(await exchange({ exp: NOW + 1000 }), { exp: NOW + 900, expiresIn: 900 }, 'nor is it longer than that of other tokens');
  for (const exp of [NOW, NOW - 3]) t.equal(await exchange({ exp }), 'The subject token has expired.');
});

t.test('after a revocation of the client’s tokens it signs none that the revocation covers', async (t) => {
  t.match(await exchange({}, { now: NOW + 0.99, tokensNotBefore: NOW + 1 }), { iat: NOW + 1 });
});

t.test('a session that has ended gives nothing, and a token without one needs none', async (t) => {
  t.match(await exchange({}), { sid: 's' });
  t.equal(await exchange({}, { isLive: false }), 'The session has ended.');
  t.match(await exchange({ sid: undefined }, { isLive: false }), { sub: 'user', sid: undefined });
});

t.test('a subject token that a change of its session ends, while that session is waited for, gives nothing', async (t) => {
  t.equal(await exchange({}, { isRevokedMeanwhile: true }), 'The subject token is not valid.');
});
