import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { exchange } from '@countersign/testing';
import t from 'tap';
import { answerClientError } from '../../src/http/client-error.ts';
import { startServer } from './things-server.ts';

function tell(code: string) {
  const socket = new PassThrough({ autoDestroy: false, encoding: 'utf8' });
  const written: string[] = [];
  socket.on('data', (text: string) => written.push(text));
  tellTo(socket, code);
  return { socket, written };
}

function tellTo(socket: PassThrough, code: string): void {
  answerClientError(Object.assign(new Error(), { code }), socket as unknown as Socket);
}

const refusals = [
  ['HPE_INVALID_METHOD', 400, 'validation_failed'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'validation_failed'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413, 'payload_too_large'],
  ['HPE_HEADER_OVERFLOW', 431, 'validation_failed'],
] as const;
for (const [fault, status, code] of refusals) {
  t.test(`${fault} is told as ${status}, with the headers of every answer, and the connection ends`, async (t) => {
    const { socket, written } = tell(fault);
    await once(socket, 'close');
    const [head = '', body = ''] = written.join('').split('\r\n\r\n');
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
    t.match(JSON.parse(body), { status, code });
    for (const line of ['Cache-Control: no-store', 'Connection: close', 'x-content-type-options: nosniff'])
      t.ok(head.split('\r\n').includes(line), line);
  });
}

t.test('nothing is said to a client that is gone', async (t) => {
  const { socket } = tell('ECONNRESET');
  t.equal(socket.writableEnded, false);
  tellTo(socket.end(), 'HPE_INVALID_METHOD');
  await once(socket, 'finish');
  t.equal(socket.read(), null);
});

t.test('ASVS 4.2.1: what comes over the wire is answered, or refused with a problem document', async (t) => {
  const { server } = await startServer(t);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const send = (text: string) => exchange(url, text);
  const host = 'Host: x\r\nConnection: close\r\n';

  t.test('a plain request gets 200, the twin of all that follow', async (t) =>
    t.match(await send(`GET /things/1 HTTP/1.1\r\n${host}\r\n`), /^HTTP\/1\.1 200 /),
  );
  t.test('an expectation that means nothing here is passed over (RFC 9110, section 10.1.1)', async (t) =>
    t.match(await send(`GET /things/1 HTTP/1.1\r\nExpect: the-unexpected\r\n${host}\r\n`), /^HTTP\/1\.1 200 /),
  );
  t.test('a body in chunks is read, in whatever case it says so', async (t) =>
    t.match(await send(`POST /logout HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n${host}\r\n0\r\n\r\n`), /^HTTP\/1\.1 200 /),
  );
  const spoilt: readonly [string, string, number][] = [
    ['a second Authorization header', `GET /things/1 HTTP/1.1\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n${host}\r\n`, 400],
    ['HTTP/1.1 without a Host header', 'GET /things/1 HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a second Host header', `GET /things/1 HTTP/1.1\r\nHost: y\r\n${host}\r\n`, 400],
    ['a target in absolute form', `GET http://evil.example/things/1 HTTP/1.1\r\n${host}\r\n`, 400],
    ['a bad percent-encoding', `GET /things/%E0%A4%A HTTP/1.1\r\n${host}\r\n`, 400],
    ['an unknown method', `BREW /things/1 HTTP/1.1\r\n${host}\r\n`, 400],
    ['what is not HTTP', 'hello\r\n\r\n', 400],
    ['headers of 20 KiB', `GET /things/1 HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n${host}\r\n`, 431],
    ['both a length and chunks', `POST /logout HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n${host}\r\n0\r\n\r\n`, 400],
    ['a transfer coding around the chunks', `POST /logout HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n${host}\r\n0\r\n\r\n`, 400],
    ['an unusual method on a known path', `PROPFIND /things/1 HTTP/1.1\r\n${host}\r\n`, 405],
    ['TRACE', `TRACE /things/1 HTTP/1.1\r\n${host}\r\n`, 405],
    ['a parameter of 300 characters', `GET /things/${'1'.repeat(300)} HTTP/1.1\r\n${host}\r\n`, 404],
  ];
  for (const [what, request, status] of spoilt) {
    t.test(`${what} gets ${status} as a problem document`, async (t) => {
      const answer = await send(request);
      t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      t.match(answer, /content-type: application\/problem\+json\r\n/i);
      t.match(answer, /\r\nx-content-type-options: nosniff\r\n/i, 'and the other headers of every answer');
      t.match(answer, /\r\ndate: \w{3}, [^\r]+ GMT\r\n/i, 'as RFC 9110, section 6.6.1, asks of every answer');
      const document = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
      t.match(document, { status, code: String, request_id: String });
      t.equal(/^x-request-id: (.*)\r$/im.exec(answer)?.[1], document.request_id);
    });
  }
});

t.test('ASVS 15.2.2: a body that does not arrive in time is 408, the sender’s fault, and ends the connection', async (t) => {
  const { server } = await startServer(t, { handlerTimeoutMs: 100 });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  const head = 'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n';
  t.match(await exchange(url, `${head}Connection: close\r\n\r\n{"name":"a"}`), /^HTTP\/1\.1 200 /);
  const answer = await exchange(url, `${head}\r\n{"name":`);
  t.match(answer, /^HTTP\/1\.1 408 /);
  t.match(answer, /connection: close\r\n/i);
  t.match(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)), { status: 408, code: 'validation_failed' });
});

t.test('a connection that was opened in advance ends without a word, which would pass for the answer to its first request', async (t) => {
  const { server } = await startServer(t);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  server.server.headersTimeout = server.server.requestTimeout = 1;
  t.equal(await exchange(url, ''), '');
  t.match(await exchange(url, 'GET /things/1 HTTP/1.1\r\n'), /^HTTP\/1\.1 408 /, 'one with half a request is told why');
});
