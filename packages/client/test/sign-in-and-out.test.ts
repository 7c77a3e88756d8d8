import t from 'tap';
import { memoryTokenStore } from '../src/index.ts';
import { credentials, start } from './miniature-auth.ts';
import type { StubHandler } from './stub-server.ts';

t.test('a request that is refused after the user has signed out is not sent again', async (t) => {
  const kept = memoryTokenStore();
  const signingOut: StubHandler = async () => {
    await kept.save(null);
    return { status: 401, body: { code: 'token_revoked' } };
  };
  const { server, client } = await start(t, { '/books': signingOut }, kept);
  await client.logIn(credentials);
  t.equal((await client.fetch('/books')).status, 401);
  t.strictSame([server.count('/books'), server.count('/refresh')], [1, 0]);
});

t.test('who signs out just before a refresh begins has nothing to refresh', async (t) => {
  const kept = memoryTokenStore();
  let reads = 0;
  const load = async () => {
    reads += 1;
    if (reads === 2) await kept.save(null); // after the request was sent
    return kept.load();
  };
  const { server, client, expireAccess } = await start(t, {}, { load, save: (tokens) => kept.save(tokens) });
  await client.logIn(credentials);
  await expireAccess();
  t.equal((await client.fetch('/books')).status, 401);
  t.strictSame([reads, server.count('/books'), server.count('/refresh')], [2, 1, 0]);
});

t.test('signing out ends the session and forgets its tokens, also when a refresh is under way', async (t) => {
  const refreshing = Promise.withResolvers<void>();
  const slow: StubHandler = async () => {
    await refreshing.promise;
    return { body: { access_token: 'access-2', refresh_token: 'refresh-2' } };
  };
  const { server, client, expireAccess, tokens } = await start(t, { '/refresh': slow });
  await client.logIn(credentials);
  await expireAccess();
  const waiting = client.fetch('/books');
  await client.logOut();
  refreshing.resolve();
  await waiting;
  t.equal(await tokens.load(), null);
  t.strictSame(JSON.parse(server.requests.find(({ url }) => url.pathname === '/logout')?.body ?? ''), { token: 'refresh-1' });
  await client.logOut();
  t.equal(server.count('/logout'), 1, 'nothing to sign out from');
});

t.test('who signs in while a refresh is under way has the tokens of the sign-in', async (t) => {
  const refreshing = Promise.withResolvers<void>();
  const slow: StubHandler = async () => {
    await refreshing.promise;
    return { body: { access_token: 'access-2', refresh_token: 'refresh-2' } };
  };
  const { client, tokens } = await start(t, { '/refresh': slow });
  await tokens.save({ accessToken: 'stale', refreshToken: 'refresh-of-another' });
  const waiting = client.fetch('/books');
  await client.logIn(credentials);
  refreshing.resolve();
  await waiting;
  t.strictSame(await tokens.load(), { accessToken: 'access-1', refreshToken: 'refresh-1' });
});

t.test('who signs in while a sign-out is under way has the tokens of the sign-in', async (t) => {
  const signingOut = Promise.withResolvers<void>();
  const slow: StubHandler = async () => {
    await signingOut.promise;
    return { status: 204 };
  };
  const { client, tokens } = await start(t, { '/logout': slow });
  await tokens.save({ accessToken: 'access-of-another', refreshToken: 'refresh-of-another' });
  const waiting = client.logOut();
  await client.logIn(credentials);
  signingOut.resolve();
  await waiting;
  t.strictSame(await tokens.load(), { accessToken: 'access-1', refreshToken: 'refresh-1' });
});

t.test('a sign-out that auth did not carry out is an error, and the tokens are kept for the next try', async (t) => {
  let status = 500;
  const { server, client, tokens } = await start(t, { '/logout': () => ({ status }) });
  await client.logIn(credentials);
  await t.rejects(client.logOut(), { name: 'TokenRequestError', message: /HTTP 500/ });
  t.equal(server.count('/logout'), 3);
  t.match(await tokens.load(), { refreshToken: 'refresh-1' });
  status = 403;
  await t.rejects(client.logOut(), { name: 'TokenRequestError', message: /HTTP 403/ });
  t.equal(server.count('/logout'), 4, 'a refusal is not asked again');
  t.match(await tokens.load(), { refreshToken: 'refresh-1' });
  status = 204;
  await client.logOut();
  t.equal(await tokens.load(), null);
});
