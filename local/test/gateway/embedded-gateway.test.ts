import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { BUSY_MS, until } from '@countersign/testing';
import t from 'tap';
import { createGateway } from '../../src/gateway/gateway.ts';
import { listening, send, startEmbedded, startMirror, startUpstream } from './gateways.ts';

const nginx = readFileSync(new URL('../../../gateway/nginx.conf', import.meta.url), 'utf8');

t.test('the embedded gateway keeps a connection without requests for as long as nginx does', async (t) => {
  const [, seconds] = /keepalive_timeout (\d+)s;/.exec(nginx) ?? [];
  t.equal(createGateway({}).keepAliveTimeout, Number(seconds) * 1000);
});

t.test(
  'the embedded gateway waits for a request’s headers as long as nginx does, and for its body longer than a service does',
  async (t) => {
    const [, seconds] = /client_header_timeout (\d+)s;/.exec(nginx) ?? [];
    const { headersTimeout, requestTimeout } = createGateway({});
    t.strictSame([headersTimeout, requestTimeout], [Number(seconds) * 1000, 30_000]);
  },
);

t.test('the embedded gateway asks nobody instead of a service that has not started yet', async (t) => {
  const { port } = await startEmbedded(t, { auth: await startMirror(t, 'auth') });
  const ask = (path: string) => send(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const { status, body } = await ask('/books');
  t.match([status, JSON.parse(body)], [503, { code: 'unavailable' }]);
  t.equal((await ask('/me')).status, 200);
});

t.test('the embedded gateway keeps one connection to a service from call to call, until it closes', async (t) => {
  const sockets = new Set<Socket>();
  const auth = await startUpstream(t, ({ socket }, response) => {
    sockets.add(socket);
    response.end();
  });
  const gateway = createGateway({ auth });
  const port = await listening(gateway);
  for (const path of ['/me', '/sessions', '/me']) await send(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const [socket, ...others] = sockets;
  t.strictSame(others, []);
  gateway.close();
  // By itself the connection would end after 4 s.
  t.ok(await until(() => socket?.closed, { timeoutMs: BUSY_MS }));
});

t.test('the embedded gateway reads a body to its end though no service takes it any more: the connection goes on', async (t) => {
  const auth = await startUpstream(t, (request) => void request.destroy());
  const { port } = await startEmbedded(t, { auth, books: await startMirror(t, 'books') });
  const length = 1024 * 1024;
  const caller = connect(port, '127.0.0.1');
  caller.write(`POST /admin/users/import HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\nx`);
  const [refusal] = (await once(caller, 'data')) as [Buffer];
  t.match(refusal.toString(), /^HTTP\/1\.1 503 /);
  caller.write(`${'x'.repeat(length - 1)}GET /books HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  t.match(await text(caller), 'HTTP/1.1 200 ');
});
