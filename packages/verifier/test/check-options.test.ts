import t from 'tap';
import { resourceServer } from './resource-server.ts';

t.test('an option without which too much would be accepted, or nothing, is refused at start', async (t) => {
  const redis = { xread: () => null };
  for (const [options, message] of [
    [{ issuer: undefined }, /issuer must be/],
    [{ issuer: '' }, /issuer must be/],
    [{ issuer: 'auth.example.com' }, /issuer must be/],
    [{ issuer: 'localhost:8080' }, /issuer must be/],
    [{ audience: undefined }, /audience must name/],
    [{ audience: [] }, /audience must name/],
    [{ audience: [''] }, /audience must name/],
    [{ audience: ['urn:countersign:api', undefined] }, /audience must name/],
    [{ algorithms: [] }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ algorithms: ['HS256'] }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ algorithms: ['EdDSA', 'HS256'] }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ algorithms: 'EdDSA' }, /algorithms must be some of EdDSA, ES256, RS256/],
    [{ clockToleranceSeconds: '5' }, /clockToleranceSeconds must be a number, at least 0/],
    [{ clockToleranceSeconds: Number.NaN }, /clockToleranceSeconds must be a number, at least 0/],
    [{ clockToleranceSeconds: -1 }, /clockToleranceSeconds must be a number, at least 0/],
    [{ revocations: undefined }, /revocations must be/],
    [{ revocations: {} }, /revocations must be/],
    [{ revocations: { redis: undefined } }, /revocations must be/],
    [{ revocations: { redis: 'redis://localhost' } }, /revocations must be/],
    [{ revocations: { isRevoked: () => false } }, /revocations must be/],
    [{ revocations: { redis, maxStalenessSeconds: Number.NaN } }, /maxStalenessSeconds must be a number above 0/],
    [{ revocations: { redis, maxSilenceSeconds: '900' } }, /maxSilenceSeconds must be a number above 0/],
    [{ keys: null }, /keys must be/],
    [{ keys: {} }, /keys must be/],
    [{ keys: 'https://auth.example.com/.well-known/jwks.json' }, /keys must be/],
    [{ keys: { url: undefined } }, /keys must be/],
    [{ keys: { url: 'jwks.json' } }, /keys must be/],
    [{ keys: { url: 'localhost:8080/jwks.json' } }, /keys must be/],
    [{ keys: { url: 'https://auth.example.com/', timeoutMs: '2s' } }, /timeoutMs must be a number above 0/],
    [{ keys: { url: 'https://auth.example.com/', timeoutMs: Number.POSITIVE_INFINITY } }, /timeoutMs must be at most 2147483647/],
    [{ keys: { url: 'https://auth.example.com/', cooldownSeconds: '10' } }, /cooldownSeconds must be a number above 0/],
    [{ onStale: 'ignore' }, /onStale must be reject or accept/],
    [{ corsOrigins: 'https://app.example.com' }, /corsOrigins must be a list of origins/],
    [{ corsOrigins: ['https://app.example.com/'] }, /corsOrigins must be a list of origins/],
    [{ resourceMetadata: 'api.example.com' }, /resourceMetadata must be a URL/],
    [{ resourceMetadata: 'https://api.example.com/a"b' }, /resourceMetadata must be a URL/],
    [{ resourceMetadata: 'https://api.example.com/€' }, /resourceMetadata must be a URL/],
    [{ algorithm: ['EdDSA'] }, /algorithm is no option of the verifier; these are: issuer, audience, algorithms/],
    [{ keys: { url: 'https://auth.example.com/', cooldown: 10 } }, /cooldown is no option of keys; these are: url, cooldownSeconds/],
    [{ revocations: { redis, maxStaleness: 5 } }, /maxStaleness is no option of revocations; these are: redis, maxStalenessSeconds/],
  ] as const)
    await t.rejects(resourceServer(options as object), message, JSON.stringify(options));
  await t.resolves(resourceServer({ clockToleranceSeconds: 0 }), 'no tolerance at all is one');
  await t.resolves(resourceServer({ resourceMetadata: 'https://api.example.com/a%22b' }));
  await t.resolves(resourceServer({ prefix: '/v1', logLevel: 'warn' } as object), 'options that every plugin may have');
  await t.resolves(resourceServer({ corsOrigins: ['https://app.example.com', 'http://localhost:3000'], onStale: 'accept' }));
});

t.test(
  'audiences that stand in one string, separated by commas as in a variable, are refused at start, and a comma in a list is not',
  async (t) => {
    const audience = 'urn:countersign:api,urn:countersign:orders';
    await t.rejects(resourceServer({ audience }), /audience has a comma: write several audiences as a list, \['a', 'b'\]/);
    const { call, issuer } = await resourceServer({ audience: ['https://api.example.com/a,b'] });
    t.equal(await call(issuer.sign({ aud: 'https://api.example.com/a,b' })), '200');
    t.equal(await call(issuer.sign({ aud: 'https://api.example.com/a' })), '401 token_wrong_audience');
  },
);

t.test(
  'a slash at the end of the issuer, which auth never has, is refused at start beside its Redis, and another issuer may have one',
  async (t) => {
    const issuer = 'https://auth.example.com/';
    const redis = { xread: () => null };
    await t.rejects(resourceServer({ issuer, revocations: { redis } } as object), /issuer must not end in a slash/);
    const { call, issuer: other } = await resourceServer({ issuer });
    t.equal(await call(other.sign({ iss: issuer })), '200');
  },
);

t.test('more tolerance than a revocation outlives its tokens is refused at start', async (t) => {
  await t.rejects(resourceServer({ clockToleranceSeconds: 61 }), /clockToleranceSeconds must be at most 60/);
  await t.resolves(resourceServer({ clockToleranceSeconds: 60 }));
});
