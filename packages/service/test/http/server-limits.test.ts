import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Problem } from '@countersign/problems';
import { exchange } from '@countersign/testing';
import t, { type Test } from 'tap';
import { Type } from 'typebox';
import type { ServerOptions } from '../../src/http/server.ts';
import { createServer } from '../../src/index.ts';
import { loggableError, loggablePath } from '../../src/log.ts';

function startServer(t: Test, options: Partial<ServerOptions> = {}) {
  const server = createServer({ logLevel: 'silent', trustProxy: [], ...options });
  t.teardown(() => server.close());
  server.get('/ip', async ({ ip }) => ({ ip }));
  server.get('/fails/:status', async ({ params }) => {
    throw Object.assign(new Error('of a plugin'), { statusCode: Number((params as { status: string }).status) });
  });
  const body = Type.Record(Type.String({ pattern: '^a+$' }), Type.Integer(), { additionalProperties: false });
  server.post('/names', { schema: { body } }, async () => ({ made: true }));
  return server;
}

async function startToSend(t: Test, options: Partial<ServerOptions> = {}) {
  const server = startServer(t, options);
  server.get('/begins', async (_request, reply) => {
    const endless = new PassThrough();
    endless.write('begun');
    return reply.send(endless);
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  return (request: string) => exchange(url, request, { longestSilenceMs: 3000 });
}

t.test('a request with faults without end gets an answer with an end', async (t) => {
  const server = startServer(t);
  const post = async (payload: object) => (await server.inject({ method: 'POST', url: '/names', payload })).json();
  t.strictSame(await post({ a: 1 }), { made: true });
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`b${index}`, 1]));
  t.equal((await post(many)).errors.length, 20);
  t.match((await post({ ['x'.repeat(5000)]: 1 })).errors, [{ path: `body/${'x'.repeat(100)}`, message: 'is unknown' }]);
  t.equal((await post({ ['x'.repeat(5000)]: 1 })).errors[0].path.length, 'body/'.length + 100);
  t.equal((await post({ 'b/c~d': 1 })).errors[0].path, 'body/b~1c~0d', 'which is a JSON pointer (RFC 6901)');
});

t.test('a refusal of a plugin keeps its sense, and a fault of ours is never the client’s', async (t) => {
  const server = startServer(t);
  const codeOf = async (status: number) => (await server.inject(`/fails/${status}`)).json().code;
  t.strictSame(await Promise.all([429, 400, 422, 500, 501, 302].map(codeOf)), [
    'rate_limited',
    'validation_failed',
    'validation_failed',
    'internal',
    'internal',
    'internal',
  ]);
});

t.test('why a request got no better answer is in the log, once', async (t) => {
  const lines: string[] = [];
  const server = startServer(t, { logLevel: 'info', logStream: { write: (line) => void lines.push(line) } });
  server.get('/unavailable', async () => Promise.reject(new Problem('unavailable')));
  const logged = async (url: string) => {
    lines.length = 0;
    await server.inject(url);
    return lines.map((line) => JSON.parse(line) as { msg: string; err?: object }).find(({ msg }) => msg !== 'answered');
  };
  t.match(await logged('/fails/422'), { msg: 'refused', err: { message: 'of a plugin' } });
  t.equal((await logged('/unavailable'))?.msg, new Problem('unavailable').message);
});

t.test('an address that a header names is believed of a trusted proxy alone', async (t) => {
  const ipOf = async (trustProxy: readonly string[]) =>
    (await startServer(t, { trustProxy }).inject({ url: '/ip', headers: { 'x-forwarded-for': '203.0.113.7' } })).json().ip;
  t.equal(await ipOf([]), '127.0.0.1');
  t.equal(await ipOf(['10.0.0.0/8']), '127.0.0.1');
  t.equal(await ipOf(['127.0.0.1']), '203.0.113.7');
});

t.test('on the wire: HTTP/1.0 needs no Host, and a body has one content type', async (t) => {
  const send = await startToSend(t);
  t.match(await send('GET /ip HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
  const post = (types: string) => send(`POST /names HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 7\r\n${types}\r\n{"a":1}`);
  t.match(await post('Content-Type: application/json\r\n'), /^HTTP\/1\.1 200 /);
  t.match(await post('Content-Type: application/json\r\nContent-type: text/plain\r\n'), /^HTTP\/1\.1 400 .*content-type/s);
});

t.test('an answer that has no end is cut off at the limit, so that nobody takes it for whole', async (t) => {
  const send = await startToSend(t, { handlerTimeoutMs: 200 });
  t.match(await send('GET /begins HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 200 .*begun\r\n$/s, 'without the last chunk');
});

t.test('an answer that is whole is not cut off at the limit, however slowly it is read', async (t) => {
  const server = startServer(t, { handlerTimeoutMs: 200 });
  const whole = 'x'.repeat(16_000_000);
  server.get('/large', async () => whole);
  server.get('/hangs', async () => new Promise(() => {}));
  const origin = await server.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write('GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await once(socket, 'readable');
  t.equal((await fetch(`${origin}/hangs`)).status, 503, 'the limit of a later request is over');
  t.equal((await text(socket)).length > whole.length, true);
});

t.test('a path is logged without its query, and not at any length; an error with its causes, though they go in a circle', async (t) => {
  t.equal(loggablePath('/things/1?code=4711'), '/things/1');
  t.equal(loggablePath(`/${'x'.repeat(5000)}`).length, 200);
  const circle = new Error('round');
  circle.cause = new Error('and round', { cause: circle });
  t.match(loggableError(circle), { message: 'round', cause: { message: 'and round', cause: { message: 'round' } } });
});

t.test(
  'ASVS 15.2.2: a connection ends 10 s after its request began, also when that was answered long before its body is all there',
  async (t) => {
    const server = startServer(t);
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    const started = performance.now();
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write('GET /ip HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n');
    const dripping = setInterval(() => socket.write('a'), 200);
    t.teardown(() => clearInterval(dripping));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 200 /);
    await once(socket, 'close', { signal: AbortSignal.timeout(20_000) });
    t.ok(performance.now() - started < 15_000);
  },
);

t.test('ASVS 15.2.2: a body that is far too large gets its 413, though the sender reads only when all is sent', async (t) => {
  const url = await startServer(t).listen({ host: '127.0.0.1', port: 0 });
  for (const expected of [413, 413, 413]) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /names HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n');
    await new Promise((resolve) => socket.write('a'.repeat(8_000_000), resolve));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.equal(Number(answer.toString().split(' ')[1]), expected);
    socket.destroy();
  }
});
