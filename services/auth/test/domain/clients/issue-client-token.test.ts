import type { AccessTokenClaims } from '@countersign/tokens';
import t from 'tap';
import { issueClientToken } from '../../../src/domain/clients/issue-client-token.ts';

const NOW = 1_800_000_000.99;
const client = {
  id: 'c-1',
  name: 'a client',
  authMethod: 'client_secret',
  scopes: ['books:read'],
  audiences: ['urn:countersign:books'],
  jwks: null,
} as const;

async function iatOf(tokensNotBefore: number): Promise<number | undefined> {
  let iat: number | undefined;
  const sign = (claims: AccessTokenClaims) => {
    iat = claims.iat;
    return 'signed';
  };
  const terms = { issuer: 'https://id.example', audience: [], services: ['auth', 'books'], ttlSeconds: 900 };
  const reading = { client: { ...client, tokensNotBefore }, secretDigests: [], now: NOW };
  await issueClientToken({ current: () => ({ kid: 'k', sign }) }, terms, reading, { scope: undefined, resource: [] });
  return iat;
}

t.test('after a revocation of the client’s tokens it signs none that the revocation covers', async (t) => {
  t.equal(await iatOf(0), Math.floor(NOW));
  t.equal(await iatOf(Math.ceil(NOW)), Math.ceil(NOW));
});
