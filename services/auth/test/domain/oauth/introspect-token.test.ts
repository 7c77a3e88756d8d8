import type { AccessTokenClaims } from '@countersign/tokens';
import t from 'tap';
import { introspectToken } from '../../../src/domain/oauth/introspect-token.ts';
import { judging } from '../judging.ts';

const claims: AccessTokenClaims = {
  iss: 'https://id.example',
  aud: 'urn:countersign:api',
  sub: 'user',
  client_id: 'first-party',
  iat: 1000,
  exp: 1900,
  jti: 'j',
  sid: 's',
  csrf: 'between the browser and its services',
};

t.test('of a token that was delivered as a cookie all is told but its csrf value', async (t) => {
  const reading = { client: { scopes: ['introspect'] } };
  const { csrf: _csrf, ...others } = claims;
  t.strictSame(await introspectToken({ judge: judging({ kid: 'k', claims }) }, reading, 'token'), {
    active: true,
    token_type: 'Bearer',
    ...others,
  });
});
