import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { answerClientError } from '../../src/http/client-error.ts';

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
