import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Problem } from '@countersign/problems';
import t, { type Test } from 'tap';
import { Type } from 'typebox';
import type { ServerOptions } from '../../src/http/server.ts';
import { createServer, securityHeaders } from '../../src/index.ts';

const PASSWORD = 'correct horse battery';
const TOKEN = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

async function startServer(t: Test, options: Partial<ServerOptions> = {}) {
  const lines: string[] = [];
  const server = createServer({ logLevel: 'info', trustProxy: [], logStream: { write: (line) => lines.push(line) }, ...options });
  t.teardown(() => server.close());
  await server.register(securityHeaders, { corsOrigins: [] });
  const body = Type.Object(
    { name: Type.String({ maxLength: 5 }), password: Type.Optional(Type.String()) },
    { additionalProperties: false },
  );
  server.get('/things/:id', { schema: { params: Type.Object({ id: Type.Integer() }) } }, async ({ params }) => params);
  server.post('/things', { schema: { body } }, async () => ({ made: true }));
  server.post(
    '/refresh',
    { schema: { body: Type.Union([Type.Object({ refresh_token: Type.String() }, { additionalProperties: false }), Type.Null()]) } },
    async () => ({ refreshed: true }),
  );
  server.post('/logout', async () => ({ ended: true }));
  server.get('/fails', async () => {
    throw Object.assign(new Error(`Failed query: insert\nparams: ${PASSWORD}`), { params: [PASSWORD], cause: new Error(`about ${TOKEN}`) });
  });
  server.get('/hangs', async () => new Promise(() => {}));
  server.get('/teapot', async () => {
    throw new Problem('conflict', { detail: 'Taken.' });
  });
  server.get('/stale', async () => {
    throw new Problem('revocation_unavailable');
  });
  await server.ready();
  return { server, lines };
}

t.test('ASVS 2.2.1, 2.2.2: a good request is answered, and the same one spoilt gets 400 with the fault and its place', async (t) => {
  const { server } = await startServer(t);
  t.match(await server.inject({ method: 'POST', url: '/things', payload: { name: 'a' } }), { statusCode: 200 });
  const unknown = await server.inject({ method: 'POST', url: '/things', payload: { name: 'a', roles: ['admin'] } });
  t.equal(unknown.statusCode, 400);
  t.equal(unknown.headers['content-type'], 'application/problem+json');
  t.match(unknown.json(), {
    type: 'urn:countersign:problem:validation_failed',
    status: 400,
    code: 'validation_failed',
    request_id: String,
    errors: [{ path: 'body/roles', message: 'is unknown' }],
  });
  t.match((await server.inject({ method: 'POST', url: '/things', payload: {} })).json(), {
    detail: 'body/name is missing.',
    errors: [{ path: 'body/name', message: 'is missing' }],
  });
  t.equal(
    (await server.inject({ method: 'POST', url: '/things', payload: { id: 1 } })).json().detail,
    'body/name is missing; and 1 more, see errors.',
  );
  for (const payload of [{ name: 1 }, { name: 'too long' }, {}, [], { name: null }]) {
    t.match(await server.inject({ method: 'POST', url: '/things', payload }), { statusCode: 400 }, JSON.stringify(payload));
  }
  t.match((await server.inject('/things/7')).json(), { id: 7 });
  t.match(await server.inject('/things/x'), { statusCode: 400 });
});

t.test('ASVS 15.3.6: a body that is not what its headers say is refused by name', async (t) => {
  const { server, lines } = await startServer(t);
  const post = (payload: string | undefined, headers: Record<string, string>) =>
    server.inject({ method: 'POST', url: '/things', headers, ...(payload !== undefined && { payload }) });
  const json = { 'content-type': 'application/json' };
  t.match((await post(`{"password":"${PASSWORD}",`, json)).json(), {
    status: 400,
    code: 'validation_failed',
    detail: 'The body is not JSON.',
  });
  for (const body of ['{"__proto__":{"admin":true},"name":"a"}', '{"name":"a","constructor":{"prototype":{}}}'])
    t.match((await post(body, json)).json(), {
      status: 400,
      code: 'validation_failed',
      detail: 'The body has a member __proto__ or constructor.prototype, which would change how programs read it.',
    });
  t.match((await post('name=a', { 'content-type': 'application/x-www-form-urlencoded' })).json(), {
    status: 415,
    code: 'unsupported_media_type',
  });
  t.match((await post('a', { 'content-type': 'text/plain' })).json(), { status: 415, code: 'unsupported_media_type' });
  t.match((await post(JSON.stringify({ name: 'x'.repeat(70_000) }), json)).json(), { status: 413, code: 'payload_too_large' });
  t.match((await post('', json)).json(), { status: 400, code: 'validation_failed' });
  const latin1 = await server.inject({ method: 'POST', url: '/things', headers: json, payload: Buffer.from('{"name":"\xe9"}', 'latin1') });
  t.match(latin1.json(), { status: 400, code: 'validation_failed' }, 'not UTF-8 (RFC 8259, section 8.1)');
  t.equal((await post('{"name":"\xe9\ufffd"}', json)).statusCode, 200, 'UTF-8, with any character');
  t.match((await post(undefined, {})).json(), { status: 400, code: 'validation_failed' });
  t.notMatch(lines.join(''), PASSWORD);
});

t.test('a body that is not UTF-8 is refused, not read as something else', async (t) => {
  const { server } = await startServer(t);
  const post = (name: Buffer) =>
    server.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/json' },
      payload: Buffer.concat([Buffer.from('{"name":"'), name, Buffer.from('"}')]),
    });
  t.match(await post(Buffer.from('\u00fc\ufffd')), { statusCode: 200 });
  for (const bytes of [Buffer.from('\u00fc', 'latin1'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xc0, 0x80])]) {
    t.match(
      (await post(bytes)).json(),
      { status: 400, code: 'validation_failed', detail: 'The body is not UTF-8.' },
      bytes.toString('hex'),
    );
  }
});

t.test('a body that is encoded is refused, with the one encoding that is taken, not read as something else', async (t) => {
  const { server } = await startServer(t);
  const plain = Buffer.from('{"name":"a"}');
  const post = (encoding: string, payload: Buffer) =>
    server.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      payload,
    });
  for (const [encoding, payload] of [
    ['gzip', gzipSync(plain)],
    ['gzip', plain],
    ['identity, br', plain],
  ] as const) {
    const refused = await post(encoding, payload);
    t.match(refused.json(), { status: 415, code: 'unsupported_media_type', detail: /Content-Encoding/ }, encoding);
    t.equal(refused.headers['accept-encoding'], 'identity', 'RFC 9110, section 12.5.3');
  }
  for (const encoding of ['identity', 'Identity', '']) t.equal((await post(encoding, plain)).statusCode, 200, encoding);
  t.equal((await server.inject({ url: '/things/7', headers: { 'content-encoding': 'gzip' } })).statusCode, 200, 'GET has none');
});

t.test('where a body may be missing, an empty one counts as none, with a content type or without, and with an encoding', async (t) => {
  const { server } = await startServer(t);
  for (const url of ['/refresh', '/logout']) {
    for (const type of [null, 'application/json', 'application/x-www-form-urlencoded', 'text/plain;charset=UTF-8']) {
      for (const framing of [{ 'content-length': '0' }, { 'transfer-encoding': 'chunked' }]) {
        const headers = { ...framing, ...(type !== null && { 'content-type': type }) };
        t.match(await server.inject({ method: 'POST', url, headers }), { statusCode: 200 }, `${url} ${JSON.stringify(headers)}`);
      }
    }
    for (const framing of [{}, { 'content-length': '0' }])
      t.match(await server.inject({ method: 'POST', url, headers: { ...framing, 'content-encoding': 'gzip' } }), { statusCode: 200 });
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  t.match(await server.inject({ method: 'POST', url: '/refresh', headers: form, payload: 'refresh_token=x' }), { statusCode: 415 });
  t.match(await server.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: 'x' } }), { statusCode: 200 });
  t.match(await server.inject({ method: 'POST', url: '/refresh', payload: { refresh: 'x' } }), { statusCode: 400 });
});

t.test('ASVS 4.1.4, 13.4.4: an unknown path is 404, a known one with another method 405 with Allow', async (t) => {
  const { server } = await startServer(t);
  t.match((await server.inject('/nothing')).json(), { status: 404, code: 'not_found' });
  t.match((await server.inject({ method: 'POST', url: '/nothing', payload: 'x', headers: { 'content-type': 'text/weird' } })).json(), {
    status: 404,
  });
  for (const method of ['DELETE', 'PUT', 'TRACE', 'PATCH'] as const) {
    const answer = await server.inject({ method: method as 'DELETE', url: '/things/7?x=1' });
    t.match(answer.json(), { status: 405, code: 'method_not_allowed' }, method);
    t.equal(answer.headers.allow, 'GET, HEAD');
  }
  t.equal((await server.inject({ method: 'GET', url: '/things' })).headers.allow, 'POST');
  t.match(await server.inject({ method: 'OPTIONS', url: '/things' }), { statusCode: 204, headers: { allow: /^POST$/ } });
  t.match(await server.inject({ method: 'HEAD', url: '/things/7' }), { statusCode: 200, body: /^$/ });
  t.match(await server.inject({ method: 'OPTIONS', url: '/nothing' }), { statusCode: 404 });
});

t.test(
  'an OPTIONS request that is no preflight is told the methods of its path, whether or not pages of other origins may call',
  async (t) => {
    const { server } = await startServer(t);
    const open = createServer({ logLevel: 'silent', trustProxy: [] });
    t.teardown(() => open.close());
    await open.register(securityHeaders, { corsOrigins: ['https://app.example'] });
    open.post('/things', async () => ({}));
    for (const service of [server, open]) {
      for (const headers of [{}, { origin: 'https://app.example' }, { 'access-control-request-method': 'POST' }]) {
        const answer = await service.inject({ method: 'OPTIONS', url: '/things', headers });
        t.match(answer, { statusCode: 204, headers: { allow: /^POST$/, 'x-content-type-options': 'nosniff' } });
        t.notOk('access-control-allow-methods' in answer.headers);
        t.match(await service.inject({ method: 'OPTIONS', url: '/nothing', headers }), { statusCode: 404 });
      }
    }
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const answer = await open.inject({ method: 'OPTIONS', url: '/things', headers: preflight });
    t.match(answer, { statusCode: 204, headers: { 'access-control-allow-methods': /POST/ } }, 'their twin');
  },
);

t.test('where a path is unknown, or lacks the method, no body is looked at, whatever is wrong with it', async (t) => {
  const { server } = await startServer(t);
  const open = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => open.close());
  await open.register(securityHeaders, { corsOrigins: ['https://app.example'] });
  open.get('/things/:id', async () => ({}));
  const json = 'application/json';
  const bodies: [string, string | Buffer][] = [
    [json, '{'],
    [json, '{"__proto__":1}'],
    [json, Buffer.from([0xff, 0xfe])],
    [json, `"${'a'.repeat(70_000)}"`],
    ['text/plain', 'a'.repeat(70_000)],
    ['text/weird', 'a'],
    ['no media type', 'a'],
  ];
  for (const [type, payload] of bodies) {
    const headers = { 'content-type': type, origin: 'https://app.example' };
    for (const service of [server, open]) {
      const unknown = await service.inject({ method: 'POST', url: '/nothing', headers, payload });
      t.match(unknown.json(), { status: 404, code: 'not_found' }, `${type} ${payload.length}`);
      t.match(unknown.headers, { 'x-request-id': String, 'x-content-type-options': 'nosniff' });
      const other = await service.inject({ method: 'POST', url: '/things/1', headers, payload });
      t.match(other.json(), { status: 405, code: 'method_not_allowed' }, `${type} ${payload.length}`);
      t.match(other.headers, { allow: /^GET, HEAD$/, 'x-content-type-options': 'nosniff' });
    }
    t.equal(
      (await open.inject({ method: 'POST', url: '/things/1', headers, payload })).headers['access-control-allow-origin'],
      headers.origin,
    );
  }
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };
  t.match(await open.inject({ method: 'OPTIONS', url: '/things/1', headers: preflight }), {
    statusCode: 204,
    headers: { 'access-control-allow-origin': preflight.origin, 'access-control-allow-methods': /PUT/ },
  });
  t.match(await server.inject({ method: 'POST', url: '/things', payload: { name: 'a' } }), { statusCode: 200 }, 'their twin');
});

t.test(
  'ASVS 16.3.4, 16.5.1, 16.5.4: what goes wrong inside is 500 with a fixed sentence; the log has the cause, without parameters and tokens',
  async (t) => {
    const { server, lines } = await startServer(t);
    const answer = await server.inject({ url: '/fails', headers: { 'x-request-id': 'trace-me' } });
    t.strictSame(answer.json(), {
      type: 'urn:countersign:problem:internal',
      title: 'Something went wrong on our side.',
      status: 500,
      detail: 'Something went wrong on our side.',
      code: 'internal',
      request_id: 'trace-me',
    });
    t.equal(answer.headers['x-request-id'], 'trace-me');
    const logged = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 'error');
    t.match(logged, {
      msg: 'Something went wrong on our side. about [removed]',
      request_id: 'trace-me',
      time: /^\d{4}-\d\d-\d\dT.*Z$/,
      err: { type: 'Problem', cause: { message: 'Failed query: insert', cause: { message: 'about [removed]' } } },
    });
    t.notMatch(lines.join(''), PASSWORD);
    t.notMatch(lines.join(''), TOKEN);
  },
);

t.test('what a verifier can’t tell is logged as a warning by a route too: it is not a failure of ours', async (t) => {
  const { server, lines } = await startServer(t);
  t.equal((await server.inject('/stale')).statusCode, 503);
  t.match(
    lines.map((line) => JSON.parse(line)).filter(({ level }) => level !== 'info'),
    [{ level: 'warn', err: { type: 'Problem' } }],
  );
});

t.test('a refusal thrown as a Problem is answered as it says', async (t) => {
  const { server } = await startServer(t);
  t.match((await server.inject('/teapot')).json(), { status: 409, code: 'conflict', detail: 'Taken.' });
});

t.test('an error of a lost database or Redis, however wrapped, is 503 with Retry-After', async (t) => {
  const { server } = await startServer(t);
  const extra = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => extra.close());
  const errors = [
    new Error('Failed query', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
    new Error('Failed query', { cause: new Error('again', { cause: Object.assign(new Error(), { code: '57P01' }) }) }),
    ...['CONNECTION_CLOSED', 'CONNECT_TIMEOUT', '53300', '57P03', '40001', '08006'].map((code) => Object.assign(new Error(), { code })),
    ...[
      'Command timed out',
      'Connection is closed.',
      "Stream isn't writeable and enableOfflineQueue options is false",
      'LOADING Redis is loading',
      'READONLY You can’t write',
    ].map((message) => new Error(message)),
    Object.assign(new Error(), { name: 'MaxRetriesPerRequestError' }),
  ];
  for (const [index, error] of errors.entries()) extra.get(`/${index}`, async () => Promise.reject(error));
  extra.get('/unique', async () => Promise.reject(Object.assign(new Error(), { code: '23505' })));
  extra.get('/nul', async () => Promise.reject(Object.assign(new Error(), { code: '22021' })));
  for (const index of errors.keys()) {
    const answer = await extra.inject(`/${index}`);
    t.match(answer.json(), { status: 503, code: 'unavailable' }, `${errors[index]}`);
    t.equal(answer.headers['retry-after'], '1');
  }
  t.match((await extra.inject('/unique')).json(), { status: 500 }, 'another error of the database is not');
  t.match((await extra.inject('/nul')).json(), { status: 400 }, 'a value that has no place in a column is the client’s');
  t.match(await server.inject('/things/1'), { statusCode: 200 });
});

t.test('ASVS 15.2.2: a handler that does not answer is 503 at the limit', async (t) => {
  const { server } = await startServer(t, { handlerTimeoutMs: 50 });
  const answer = await server.inject('/hangs');
  t.match(answer.json(), { status: 503, code: 'unavailable' });
  t.ok(answer.headers['retry-after']);
});

t.test('the request id is the caller’s when it is harmless, else the trace’s, else new', async (t) => {
  const { server } = await startServer(t);
  const idOf = async (headers: Record<string, string>) => (await server.inject({ url: '/things/1', headers })).headers['x-request-id'];
  t.equal(await idOf({ 'x-request-id': 'abc-1' }), 'abc-1');
  t.equal(await idOf({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }), '0af7651916cd43dd8448eb211c80319c');
  const noTrace = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
  t.match(await idOf({ traceparent: noTrace }), /^[0-9a-f-]{36}$/, 'all zeros are no trace, and would be the id of many requests');
  const trace = '0af7651916cd43dd8448eb211c80319c';
  for (const traceparent of [`cc-${trace}-b7ad6b7169203331-01`, `cc-${trace}-b7ad6b7169203331-01-what-will-be`])
    t.equal(await idOf({ traceparent }), trace, 'a later version is read as far as it is known');
  for (const traceparent of [
    `ff-${trace}-b7ad6b7169203331-01`,
    `00-${trace}-0000000000000000-01`,
    `00-${trace}-b7ad6b7169203331-01-more`,
    `cc-${trace}-b7ad6b7169203331-01.more`,
  ])
    t.match(await idOf({ traceparent }), /^[0-9a-f-]{36}$/, `${traceparent} is invalid`);
  t.match(await idOf({ 'x-request-id': 'a b' }), /^[0-9a-f-]{36}$/);
  t.match(await idOf({ 'x-request-id': 'a'.repeat(65) }), /^[0-9a-f-]{36}$/);
});

t.test(
  'ASVS 16.2.1, 16.2.2, 16.2.4: the log has a line for a request: when, where, who and what, without its query, its headers or a token in its path',
  async (t) => {
    const { server, lines } = await startServer(t);
    await server.inject({ url: `/things/${TOKEN}?token=${TOKEN}`, headers: { authorization: `Bearer ${TOKEN}`, cookie: `a=${TOKEN}` } });
    const line = lines.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'answered');
    t.match(line, {
      level: 'info',
      method: 'GET',
      path: '/things/[removed]',
      status: 400,
      ms: Number,
      ip: '127.0.0.1',
      request_id: String,
    });
    t.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    t.notMatch(lines.join(''), TOKEN);
    await server.inject('/things%zz?password=hunter2');
    t.match(lines.at(-1), '"msg":"refused"');
    t.notMatch(lines.join(''), 'hunter2', 'nor where the URL can’t be read');
  },
);

t.test('whoever does not wait for the answer has an address all the same', async (t) => {
  const { server } = await startServer(t);
  const { promise: address, resolve } = Promise.withResolvers<string>();
  const client = new Socket();
  server.server.on('request', ({ socket }) => {
    socket.once('close', () => resolve(socket.remoteAddress ?? 'none'));
    client.destroy();
  });
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  client.connect(Number(port), '127.0.0.1').write('GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n');
  t.equal(await address, '127.0.0.1');
});

t.test('ASVS 4.2.1: what comes over the wire is answered, or refused with a problem document', async (t) => {
  const { server } = await startServer(t);
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  const send = (text: string) => exchange(Number(port), text);
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

/** Sends bytes as they are and returns everything that comes until the server closes. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy(new Error(`no end after: ${answer}`)));
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}

t.test('ASVS 15.2.2: a body that does not arrive in time is 408, the sender’s fault, and ends the connection', async (t) => {
  const { server } = await startServer(t, { handlerTimeoutMs: 100 });
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  const head = 'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n';
  t.match(await exchange(Number(port), `${head}Connection: close\r\n\r\n{"name":"a"}`), /^HTTP\/1\.1 200 /);
  const answer = await exchange(Number(port), `${head}\r\n{"name":`);
  t.match(answer, /^HTTP\/1\.1 408 /);
  t.match(answer, /connection: close\r\n/i);
  t.match(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)), { status: 408, code: 'validation_failed' });
});

t.test('a connection that was opened in advance ends without a word, which would pass for the answer to its first request', async (t) => {
  const { server } = await startServer(t);
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  server.server.headersTimeout = server.server.requestTimeout = 1;
  t.equal(await exchange(Number(port), ''), '');
  t.match(await exchange(Number(port), 'GET /things/1 HTTP/1.1\r\n'), /^HTTP\/1\.1 408 /, 'one with half a request is told why');
});

t.test(
  'ASVS 15.2.2: a connection ends 10 s after its request began, also when that was answered long before its body is all there',
  async (t) => {
    const { server } = await startServer(t);
    const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
    const started = performance.now();
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write('GET /things/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n');
    const dripping = setInterval(() => socket.write('a'), 200);
    t.teardown(() => clearInterval(dripping));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 200 /);
    await once(socket, 'close', { signal: AbortSignal.timeout(20_000) });
    t.ok(performance.now() - started < 15_000);
  },
);

t.test('ASVS 15.2.2: a body that is far too large gets its 413, though the sender reads only when all is sent', async (t) => {
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => server.close());
  server.post('/', async () => ({}));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  for (const expected of [413, 413, 413]) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n');
    await new Promise((resolve) => socket.write('a'.repeat(8_000_000), resolve));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.equal(Number(answer.toString().split(' ')[1]), expected);
    socket.destroy();
  }
});

t.test('a stop resets no connection that was open before it, though the server had not taken it yet', async (t) => {
  const { server } = await startServer(t);
  const { port } = new URL(await server.listen({ port: 0, host: '127.0.0.1' }));
  // The system opens a connection for a server that is busy, and this one takes none before it is told to stop.
  const answers = Array.from({ length: 10 }, () => exchange(Number(port), 'GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n'));
  await server.close();
  const settled = await Promise.allSettled(answers);
  const answered = settled.filter((answer) => answer.status === 'fulfilled' && answer.value.startsWith('HTTP/1.1 200 '));
  t.equal(answered.length, 10);
});
