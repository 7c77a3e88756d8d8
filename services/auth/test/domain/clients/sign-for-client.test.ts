import type { AccessTokenClaims } from '@countersign/tokens';
import t from 'tap';
import { signForClient } from '../../../src/domain/clients/sign-for-client.ts';

const claims = { sub: 'c-1', client_id: 'c-1' } as AccessTokenClaims;
const sign = (token: string) => signForClient({ current: () => ({ kid: 'k', sign: () => token }) }, claims);

t.test('the largest token that a verifier takes is given, and none that is larger', async (t) => {
  const largest = 'x'.repeat(8192);
  t.equal(await sign(largest), largest);
  await t.rejects(sign(`${largest}x`), { code: 'invalid_scope', message: /8192 bytes/ });
});
