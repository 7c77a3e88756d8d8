import type { AccessTokenClaims } from '@countersign/tokens';
import t from 'tap';
import { identityHeaders } from '../../../src/routes/forward-auth/identity-headers.ts';

t.test('what no header can hold is percent-encoded, in whichever claim it is', async (t) => {
  const claims = { sub: 'é\r\n', client_id: 'half a pair \ud800', scope: 'a b\u007f', roles: ['a,b', '\udc00'] };
  t.match(identityHeaders(claims as AccessTokenClaims & typeof claims), {
    'x-auth-subject': '%C3%A9%0D%0A',
    'x-auth-client': 'half a pair %EF%BF%BD',
    'x-auth-scope': 'a b%7F',
    'x-auth-roles': 'a%2Cb,%EF%BF%BD',
  });
});
