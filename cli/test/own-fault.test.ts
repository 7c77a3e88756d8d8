import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { run } from './stack.ts';

t.test('a fault of the command itself is told as what it is, and not as a service that can’t be reached', async (t) => {
  const answers: Readonly<Record<string, object>> = {
    '/login': { access_token: 'a', refresh_token: 'r' },
    '/admin/keys': [],
  };
  // The next page is on another host, where a token must not go: the client refuses before it sends anything.
  const server = createServer(({ url }, response) => {
    const body = answers[url?.split('?')[0] ?? ''];
    response.writeHead(body === undefined ? 204 : 200, { link: '<http://elsewhere.example/admin/keys>; rel="next"' });
    response.end(body && JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { COUNTERSIGN_URL: origin, COUNTERSIGN_USERNAME: 'admin', COUNTERSIGN_PASSWORD: 'x' };
  const { code, stderr } = await run(['keys', 'list'], { env });
  t.equal(code, 1);
  t.equal(stderr, `countersign: something went wrong in the command itself: This client sends its tokens to ${origin} only.\n`);
});
