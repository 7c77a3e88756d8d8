import t from 'tap';
import { memoryTokenStore, type TokenStore } from '../src/index.ts';
import { credentials, start } from './miniature-auth.ts';

t.test('new tokens are kept, too, where the store can’t be read just then', async (t) => {
  const kept = memoryTokenStore();
  let reads = 0;
  const load = () => {
    reads += 1;
    if (reads === 3) throw new Error('the keychain is locked'); // before the request, before the refresh, after it
    return kept.load();
  };
  const { server, client, expireAccess } = await start(t, {}, { load, save: (tokens) => kept.save(tokens) });
  await client.logIn(credentials);
  await expireAccess();
  await t.rejects(client.fetch('/books'), { message: 'the keychain is locked' });
  t.equal((await client.fetch('/books')).status, 200);
  t.match(await kept.load(), { accessToken: 'access-2' });
  t.equal(server.count('/refresh'), 1);
});

t.test('new tokens that can’t be saved are used all the same, and saved as soon as that works', async (t) => {
  const kept = memoryTokenStore();
  let isFull = false;
  const save: TokenStore['save'] = (tokens) => {
    if (isFull) throw new Error('the disk is full');
    return kept.save(tokens);
  };
  const { server, client, expireAccess } = await start(t, {}, { load: () => kept.load(), save });
  await client.logIn(credentials);
  await expireAccess();
  isFull = true;
  await t.rejects(client.fetch('/books'), { message: 'the disk is full' });
  for (const call of [1, 2]) t.equal((await client.fetch('/books')).status, 200, `call ${call}`);
  t.match(await kept.load(), { accessToken: 'stale' });
  isFull = false;
  t.equal((await client.fetch('/books')).status, 200);
  t.strictSame(await kept.load(), { accessToken: 'access-2', refreshToken: 'refresh-2' });
  t.equal(server.count('/refresh'), 1, 'another with the old token would soon count as theft');
});

t.test('new tokens that can’t be saved give way to those of another sign-in', async (t) => {
  const kept = memoryTokenStore();
  const save = () => {
    throw new Error('the disk is full');
  };
  const { server, client } = await start(t, {}, { load: () => kept.load(), save });
  await kept.save({ accessToken: 'stale', refreshToken: 'refresh-1' });
  await t.rejects(client.fetch('/books'), { message: 'the disk is full' });
  await kept.save({ accessToken: 'another', refreshToken: 'of another program' });
  await client.fetch('/me');
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer another');
});

t.test('what can’t be kept, or forgotten, is an error', async (t) => {
  const kept = memoryTokenStore();
  let isFull = true;
  const save: TokenStore['save'] = async (tokens) => {
    if (isFull) throw new Error('the store is full');
    await kept.save(tokens);
  };
  const { client, expireAccess } = await start(t, {}, { load: () => kept.load(), save });
  await t.rejects(client.logIn(credentials), /full/);
  isFull = false;
  await client.logIn(credentials);
  await expireAccess();
  isFull = true;
  await t.rejects(client.fetch('/books'), /full/);
  await t.rejects(client.logOut(), /full/);
});
