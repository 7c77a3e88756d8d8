import t from 'tap';
import { openToAll } from '../src/open-to-all.ts';
import { resourceServer } from './resource-server.ts';

t.test('every route of an open scope is public unless it says otherwise, in the scopes within it too, and none outside', async (t) => {
  const { app, issuer } = await resourceServer();
  const answer = async () => ({});
  await app.register(async (open) => {
    openToAll(open);
    open.get('/open', answer);
    open.get('/not-open', { config: { public: false } }, answer);
    open.get('/open-and-stale', { config: { onStale: 'accept' } }, answer);
    await open.register(async (inner) => inner.get('/inner', answer));
  });
  app.get('/closed', answer);
  for (const url of ['/open', '/open-and-stale', '/inner']) t.equal((await app.inject({ url })).statusCode, 200, url);
  t.equal((await app.inject({ method: 'HEAD', url: '/open' })).statusCode, 200);
  const authorization = `Bearer ${issuer.sign()}`;
  for (const url of ['/closed', '/not-open']) {
    t.match((await app.inject({ url })).json(), { status: 401, code: 'token_missing' }, url);
    t.equal((await app.inject({ url, headers: { authorization } })).statusCode, 200, url);
  }
});
