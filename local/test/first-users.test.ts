import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { makeFirstUsers } from '../src/first-users.ts';

/** Makes the users at an auth that answers every registration so, in a new folder. */
async function makeWhere(t: Test, status: number) {
  const asked: string[] = [];
  const auth = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(status, { connection: 'close' }).end('in words');
  });
  t.teardown(() => auth.close());
  await once(auth.listen(0, '127.0.0.1'), 'listening');
  const folder = t.testdir({});
  const make = () =>
    makeFirstUsers(`http://127.0.0.1:${(auth.address() as AddressInfo).port}`, folder, { demoPassword: 'd', adminPassword: 'a' });
  return { asked, folder, make };
}

t.test('a user that an interrupted start has made is one that is there', async (t) => {
  for (const status of [201, 409]) {
    const { asked, make } = await makeWhere(t, status);
    for (const _start of [1, 2]) t.match(await make(), { demo: { username: 'demo', password: 'd' }, admin: { username: 'admin' } });
    t.strictSame(asked, ['/register'], 'and is made once');
  }
});

t.test('a user that could not be made is told with auth’s words, and made by the next start', async (t) => {
  const { asked, folder, make } = await makeWhere(t, 503);
  for (const _start of [1, 2]) await t.rejects(make(), { message: 'The user demo could not be created: 503 in words' });
  t.strictSame(asked, ['/register', '/register']);
  t.strictSame(readdirSync(folder), []);
});
