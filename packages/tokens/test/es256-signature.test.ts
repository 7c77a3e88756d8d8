import { createPublicKey, verify } from 'node:crypto';
import t from 'tap';
import { canonicalEs256, isCanonicalEs256 } from '../src/es256-signature.ts';
import { createAccessTokenSigner, generateSigningKey } from '../src/signing.ts';

const claims = { iss: 'i', aud: 'a', sub: 's', client_id: 'c', iat: 1, exp: 2, jti: 'j' };

t.test('every ES256 token is signed with the smaller s, and verifies', async (t) => {
  const key = await generateSigningKey('k', 'ES256');
  const sign = createAccessTokenSigner(key);
  const publicKey = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' });
  for (let n = 0; n < 30; n += 1) {
    const token = sign({ ...claims, jti: `j-${n}` });
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    t.ok(isCanonicalEs256(signature));
    t.ok(verify('sha256', Buffer.from(token.slice(0, end)), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature));
  }
});

t.test('the bound is half the order: at it canonical, above it respelt', async (t) => {
  const half = Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex');
  const r = Buffer.alloc(32, 1);
  const above = Buffer.from(half);
  above[31] = (above[31] ?? 0) + 1;
  t.equal(isCanonicalEs256(Buffer.concat([r, half])), true);
  t.equal(isCanonicalEs256(Buffer.concat([r, above])), false);
  t.strictSame(canonicalEs256(Buffer.concat([r, above])), Buffer.concat([r, half]), 'n − (⌊n/2⌋ + 1) = ⌊n/2⌋');
  t.equal(isCanonicalEs256(Buffer.alloc(63)), false);
});
