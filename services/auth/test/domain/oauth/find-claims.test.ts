import { Problem } from '@countersign/problems';
import type { AccessTokenClaims } from '@countersign/tokens';
import t from 'tap';
import { findClaims } from '../../../src/domain/oauth/find-claims.ts';
import { judging } from '../judging.ts';

t.test('a token that is refused has no claims, and one of which that can’t be told at the moment is not taken for refused', async (t) => {
  const claims = { sub: 'user' } as AccessTokenClaims;
  t.equal(await findClaims(judging({ kid: 'k', claims }), 'token'), claims);
  t.equal(await findClaims(judging(new Problem('token_revoked')), 'token'), null);
  for (const code of ['unavailable', 'revocation_unavailable'] as const) {
    await t.rejects(findClaims(judging(new Problem(code)), 'token'), { code });
  }
});
