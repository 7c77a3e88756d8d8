import { createServer } from '@countersign/service';
import type { Jwks } from '@countersign/tokens';
import t from 'tap';
import { jwksRoute } from '../../../src/routes/well-known/jwks.ts';
import { testAuth } from '../../test-auth.ts';

const { app } = await testAuth(t);
const get = (headers: Record<string, string> = {}) => app.inject({ url: '/.well-known/jwks.json', headers });

t.test('the JWKS has public keys and nothing else, one of them in reserve, and says how long it may be kept', async (t) => {
  const { statusCode, headers, body } = await get();
  t.equal(statusCode, 200);
  t.equal(headers['content-type'], 'application/jwk-set+json');
  t.match(headers['cache-control'], /^public, max-age=[1-9]\d*$/);
  const { keys } = JSON.parse(body) as { keys: object[] };
  t.ok(keys.length >= 2);
  for (const key of keys) t.strictSame(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
});

t.test('who has these keys already gets 304 without them', async (t) => {
  const { headers, body } = await get();
  const etag = String(headers.etag);
  for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
    const answer = await get({ 'if-none-match': known });
    t.match(answer, { statusCode: 304, body: /^$/ }, known);
    t.match(answer.headers, { etag, 'cache-control': headers['cache-control'] });
    // RFC 9110, section 8.6: it could only be the length of the keys.
    t.notOk(answer.headers['content-length'] ?? answer.headers['content-type'], 'nothing is said of a body');
    const head = await app.inject({ method: 'HEAD', url: '/.well-known/jwks.json', headers: { 'if-none-match': known } });
    t.match(head, { statusCode: 304, headers: { etag } });
    t.notOk(head.headers['content-length'] ?? head.headers['content-type'], 'in the answer to HEAD neither');
  }
  for (const known of ['"another"', '']) t.match(await get({ 'if-none-match': known }), { statusCode: 200, body });
});

t.test('who asks past every cache, as after a kill, gets the keys as they are now, and their ETag', async (t) => {
  const jwksOf = (...kids: string[]): Jwks => ({
    keys: kids.map((kid) => ({ kid, alg: 'EdDSA', use: 'sig', kty: 'OKP', crv: 'Ed25519', x: 'x' })),
  });
  let inMemory = jwksOf('killed', 'reserve');
  const keys = {
    jwks: () => inMemory,
    refresh: async () => {
      inMemory = jwksOf('reserve');
    },
  };
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  await server.register(jwksRoute, { keys, maxAgeSeconds: 60 });
  const ask = async (headers: Record<string, string> = {}) => {
    const answer = await server.inject({ url: '/.well-known/jwks.json', headers });
    t.equal(answer.headers['cache-control'], 'public, max-age=60', 'the time that was given');
    return { kids: answer.json<Jwks>().keys.map(({ kid }) => kid), etag: String(answer.headers.etag) };
  };
  const before = await ask();
  t.strictSame(before.kids, ['killed', 'reserve']);
  t.strictSame(await ask({ 'cache-control': 'max-age=0' }), before);
  const after = await ask({ 'cache-control': 'max-age=0, no-cache', 'if-none-match': before.etag });
  t.strictSame(after.kids, ['reserve']);
  t.not(after.etag, before.etag);
});
