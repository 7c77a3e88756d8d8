import { PassThrough } from 'node:stream';
import { Problem } from '@countersign/problems';
import { testIssuer } from '@countersign/testing';
import t from 'tap';
import { startKeySource } from '../../src/keys/key-source.ts';
import { refuse } from '../../src/refuse.ts';
import { nowSeconds } from '../feed.ts';
import { createView, resourceServer, summary } from '../resource-server.ts';

t.test(
  'ASVS 16.5.3: while revocation is not known well enough: 503, or acceptance where that was chosen, and never for what is revoked',
  async (t) => {
    const { app, issuer, view } = await resourceServer();
    app.get('/lenient', { config: { onStale: 'accept' } }, async () => 'ok');
    const lenient = await resourceServer({ onStale: 'accept' });
    lenient.app.get('/strict', { config: { onStale: 'reject' } }, async () => 'ok');
    view.fresh = false;
    lenient.view.fresh = false;
    for (const claims of [{}, { jti: 'again' }, { jti: 'again' }]) {
      const headers = { authorization: `Bearer ${issuer.sign(claims)}` };
      const response = await app.inject({ url: '/', headers });
      t.equal(summary(response), '503 revocation_unavailable');
      t.ok(Number(response.headers['retry-after']) >= 1);
      t.equal(summary(await app.inject({ url: '/lenient', headers })), '200');
      const other = { authorization: `Bearer ${lenient.issuer.sign(claims)}` };
      t.equal(summary(await lenient.app.inject({ url: '/', headers: other })), '200');
      t.equal(summary(await lenient.app.inject({ url: '/strict', headers: other })), '503 revocation_unavailable');
    }
    for (const server of [{ app, issuer, view }, lenient]) {
      server.view.revoked.add({ kind: 'jti', id: 'out', expiresAt: nowSeconds() + 900, before: null });
      const headers = { authorization: `Bearer ${server.issuer.sign({ jti: 'out' })}` };
      t.equal(summary(await server.app.inject({ url: '/', headers })), '401 token_revoked');
    }
  },
);

t.test('without any key set ever loaded a token gets 503 unavailable, and what has no form still 401', async (t) => {
  const issuer = await testIssuer();
  const keys = startKeySource({
    load: async () => {
      throw new Error('down');
    },
  });
  t.teardown(() => keys.close());
  const { call } = await resourceServer({ issuerOf: issuer, keys });
  t.equal(await call(issuer.sign()), '503 unavailable');
  t.equal(await call('x'), '401 token_malformed');
});

t.test('a view that answers later is waited for', async (t) => {
  const view = createView();
  const slow = { ...view, isRevoked: async ({ claims }: { claims: { jti: string } }) => claims.jti === 'out' };
  const { call, issuer } = await resourceServer({ revocations: slow });
  t.equal(await call(issuer.sign()), '200');
  t.equal(await call(issuer.sign({ jti: 'out' })), '401 token_revoked');
});

t.test('a view that fails is answered with 503, however it fails and whoever asks it', async (t) => {
  const fail = () => {
    throw new Error('database is gone');
  };
  for (const failing of [{ isRevoked: async () => fail() }, { isRevoked: fail }, { isKidRevoked: fail }, { isFresh: fail }]) {
    const { app, call, issuer } = await resourceServer({ revocations: { ...createView(), ...failing } });
    app.setErrorHandler((error, request, reply) => (error instanceof Problem ? refuse(request, reply, error) : reply.send(error)));
    app.get('/maybe', { config: { public: true } }, async (request) => await request.jwtVerify());
    t.equal(await call(issuer.sign()), '503 unavailable');
    const headers = { authorization: `Bearer ${issuer.sign()}` };
    t.match((await app.inject({ url: '/maybe', headers })).json(), { status: 503, code: 'unavailable' });
  }
});

t.test('a token that is revoked before the body has come is refused, whatever the body says', async (t) => {
  const { app, issuer, view } = await resourceServer();
  let whenJudged = () => {};
  app.addHook('preParsing', async () => whenJudged());
  const send = async (jti: string, beforeItEnds: () => void) => {
    const payload = new PassThrough();
    payload.write('{');
    whenJudged = () => {
      beforeItEnds();
      payload.end('}');
    };
    const headers = { authorization: `Bearer ${issuer.sign({ jti })}`, 'content-type': 'application/json' };
    return summary(await app.inject({ method: 'POST', url: '/', headers, payload }));
  };
  t.equal(await send('good', () => {}), '200');
  const revoke = () => view.revoked.add({ kind: 'jti', id: 'out', expiresAt: nowSeconds() + 60, before: null });
  t.equal(await send('out', revoke), '401 token_revoked');
});

t.test('ASVS 15.4.1: claims are frozen to the bottom, and the same object for every request with the token', async (t) => {
  const { app, issuer } = await resourceServer();
  const seen: unknown[] = [];
  app.get('/seen', async (request) => {
    seen.push(request.user);
    return 'ok';
  });
  const headers = { authorization: `Bearer ${issuer.sign({ act: { sub: 'c-1' } })}` };
  await app.inject({ url: '/seen', headers });
  await app.inject({ url: '/seen', headers });
  t.equal(seen[0], seen[1]);
  const claims = seen[0] as { roles: string[]; act: object };
  t.ok(Object.isFrozen(claims) && Object.isFrozen(claims.roles) && Object.isFrozen(claims.act));
});
