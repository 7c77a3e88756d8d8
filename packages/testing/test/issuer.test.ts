import { createPublicKey, verify } from 'node:crypto';
import { SIGNING_ALGS } from '@countersign/tokens';
import { createAccessTokenSigner } from '@countersign/tokens/signing';
import t from 'tap';
import { testIssuer } from '../src/index.ts';

const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;

for (const alg of SIGNING_ALGS) {
  t.test(`a ${alg} token of the test issuer has a signature that its JWKS verifies`, async (t) => {
    const issuer = await testIssuer({ alg });
    const [header, payload, signature] = issuer.sign({ roles: undefined, scope: 'admin' }).split('.');
    t.strictSame(decode(header), { alg, typ: 'at+jwt', kid: issuer.key().kid });
    t.match(decode(payload), { iss: 'http://localhost:8080', scope: 'admin', client_id: 'first-party' });
    t.notOk('roles' in decode(payload));
    const [jwk] = issuer.jwks().keys;
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const signed = Buffer.from(`${header}.${payload}`);
    const bytes = Buffer.from(signature ?? '', 'base64url');
    t.ok(verify(alg === 'EdDSA' ? null : 'sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes));
  });
}

t.test('the test issuer signs the same token as the signer of the auth service', async (t) => {
  const issuer = await testIssuer();
  const claims = issuer.claims();
  const [header, payload, signature] = createAccessTokenSigner(issuer.key())(claims).split('.');
  const ours = issuer.compact(decode(header), decode(payload)).split('.');
  t.strictSame(decode(ours[1]), { ...claims });
  t.equal(ours[2], signature);
});

t.test('after a rotation the new key signs and the old one stays published', async (t) => {
  const issuer = await testIssuer();
  const before = issuer.key().kid;
  const { kid } = await issuer.rotate();
  t.equal(decode(issuer.sign().split('.')[0]).kid, kid);
  t.strictSame(
    issuer.jwks().keys.map((key) => key.kid),
    [kid, before],
  );
});
