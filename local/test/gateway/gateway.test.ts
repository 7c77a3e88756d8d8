import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { UNROUTED_SECURITY_HEADERS } from '@countersign/service/process';
import { BUSY_MS, freePort, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { PASSED_HEADERS } from '../../src/gateway/headers.ts';
import { announce, gateways, listen, type RawAnswer, type Seen, send, startMirror, startUpstream } from './gateways.ts';

const LET_IN: Readonly<Record<string, 'auth' | 'books'>> = {
  '/books': 'books',
  '/books?limit=2&q=a%2Fb': 'books',
  '/books/1': 'books',
  '/books/docs': 'books',
  '/.well-known/oauth-protected-resource/books': 'books',
  '/register': 'auth',
  '/login': 'auth',
  '/refresh': 'auth',
  '/logout': 'auth',
  '/me': 'auth',
  '/reauthenticate': 'auth',
  '/password': 'auth',
  '/password/reset': 'auth',
  '/sessions': 'auth',
  '/sessions/0aZ9': 'auth',
  '/.well-known/jwks.json': 'auth',
  '/.well-known/oauth-authorization-server': 'auth',
  '/oauth/token': 'auth',
  '/oauth/revoke': 'auth',
  '/admin/users': 'auth',
  '/admin/users/0aZ9/sessions': 'auth',
  '/admin/users/import': 'auth',
  '/admin/clients/a-b_c/secret': 'auth',
  '/docs': 'auth',
  '/docs/openapi.json': 'auth',
  'http://localhost:8080/books/1': 'books',
  'HTTPS://localhost:8080/books/1': 'books',
};

const SHUT_OUT = [
  ...['/', '/verify', '/verify/', '/verify/books', '/verify?scope=books:read', '/oauth/introspect', '/metrics', '/livez', '/readyz'],
  ...[
    '/bookshelf',
    '/.well-known/oauth-protected-resource',
    '/.well-known/openid-configuration',
    '/oauth',
    '/oauth/token/x',
    '/adminx',
    '/login/',
  ],
  ...[
    '//metrics',
    '//books',
    '/books//',
    '/books//1',
    '/%6detrics',
    '/%62ooks',
    '/METRICS',
    '/Books',
    '/metrics/',
    '/metrics;a',
    '/metrics?',
    '/books\\..\\metrics',
  ],
  ...[
    '/books/../metrics',
    '/books/%2e%2e/metrics',
    '/books/..%2fmetrics',
    '/books/%2e%2e%2fmetrics',
    '/books%2f..%2fmetrics',
    '/books/.%2e/metrics',
  ],
  ...[
    '/verify/../verify',
    '/verify/../metrics',
    '/./metrics',
    '/../metrics',
    '/books/.',
    '/books/..',
    '/docs/../oauth/introspect',
    '/admin/../metrics',
  ],
  ...['/oauth%2fintrospect', '/oauth/introspect%00', '/books/%zz', '/books;/../metrics', '/books/1%0d%0aX-Auth-Subject:x'],
  ...[
    'http://localhost:8080/metrics',
    'http://localhost:8080//metrics',
    'http://localhost:8080',
    'http://localhost:8080?/books',
    'http://localhost:8080#/books',
    'metrics',
    '*',
  ],
];

const INVENTED = [
  ...[
    'X-Auth-Subject',
    'X-Auth-Roles',
    'X-Auth-Anything',
    'X-Original-Method',
    'X-Original-URI',
    'X-Original-Anything',
    'X_Auth_Subject',
    'X-Real-IP',
  ],
  ...[
    'X-Forwarded-Method',
    'X-Forwarded-Uri',
    'X-Forwarded-Prefix',
    'X-Forwarded-Port',
    'X-Forwarded-Anything',
    'Forwarded',
    'X-Http-Method-Override',
  ],
];

/** A token, secrets and hashes where they don't belong, as whoever builds URLs by hand may put them. */
const IN_PATHS = [
  '/sessions/eyJsecret.secret.secret',
  '/cs_rt_bsecret/me',
  '/password/reset/cs_pr_secret',
  '/x/$2b$10$secret',
  '/scrypt:32768:8:1$secret$00',
];

for (const gateway of gateways) {
  void t.test(`${gateway.name} gateway`, async (t) => {
    const { port } = await gateway.start(t, { auth: await startMirror(t, 'auth'), books: await startMirror(t, 'books') });
    const unasked = listen(port);
    const get = (target: string, headers = '') =>
      send(port, `GET ${target} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n${headers}\r\n`);

    await t.test('sends every public path to the service that answers it, unchanged', async (t) => {
      for (const [target, service] of Object.entries(LET_IN)) {
        const { status, body } = await get(target);
        t.equal(status, 200, target);
        t.match(JSON.parse(body), { service, url: target.replace(/^https?:\/\/localhost:8080/i, '') }, target);
      }
    });

    await t.test('ASVS 1.5.3, 3.4.4, 13.4.5: answers every other path itself, however it is spelt', async (t) => {
      for (const target of SHUT_OUT) {
        const answer = await get(target);
        t.ok(answer.status === 404 || answer.status === 400, `${target} gets ${answer.status}`);
        isProblem(t, answer, target);
      }
      for (const target of ['/verify', '/oauth/introspect', '/metrics', '/livez', '/readyz'])
        t.equal((await get(target)).status, 404, target);
    });

    await t.test('ASVS 4.1.3: lets nobody invent where a request came from or who sends it', async (t) => {
      const invented = INVENTED.map((name) => `${name}: invented\r\n`).join('');
      const forwarded = 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n';
      const { headers } = seen(await get('/books', invented + forwarded));
      for (const name of INVENTED) t.equal(headers[name.toLowerCase()], undefined, name);
      t.match(headers, {
        'x-forwarded-for': /^(::ffff:)?127\.0\.0\.1$/,
        'x-forwarded-host': 'localhost:8080',
        'x-forwarded-proto': 'http',
      });
    });

    await t.test('passes on the headers that a service reads', async (t) => {
      const own = ['host', 'content-length', 'content-encoding'];
      const names = PASSED_HEADERS.filter((name) => !own.includes(name));
      const { headers } = seen(await get('/books', names.map((name) => `${name}: value-of-${name}\r\n`).join('')));
      for (const name of names) t.equal(headers[name], `value-of-${name}`, name);
    });

    await t.test('lets a verifier that has heard of a kill ask for the keys past every cache, auth’s own memory too', async (t) => {
      const { headers } = seen(await get('/.well-known/jwks.json', 'Cache-Control: no-cache\r\n'));
      t.equal(headers['cache-control'], 'no-cache');
    });

    await t.test('ASVS 4.2.2: passes on a method and a body, with a length, in chunks, or none at all', async (t) => {
      const post = (headers: string, body: string) =>
        send(port, `POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`);
      t.match(seen(await post('Content-Length: 5\r\n', 'hello')), { method: 'POST', body: 'hello' });
      t.match(seen(await post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n')), { method: 'POST', body: 'hello' });
      for (const method of ['POST', 'PUT', 'PATCH']) {
        const empty = seen(await send(port, `${method} /books/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
        t.match(empty, { method, body: /^$/ });
        t.equal(empty.headers['transfer-encoding'], undefined, method);
      }
    });

    await t.test('admits a body as long as the service takes, and answers 413 to a longer one', async (t) => {
      const usual = 64 * 1024;
      const limits = {
        '/login': usual,
        '/books': usual,
        '/admin/sessions': usual,
        '/admin/users': usual,
        '/admin/users/import': 8 * 1024 * 1024,
      };
      for (const [target, bytes] of Object.entries(limits)) {
        const post = (headers: string, body: string) =>
          send(port, `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n${body}`);
        const chunked = (length: number) =>
          post('Transfer-Encoding: chunked\r\n', `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n0\r\n\r\n`);
        for (const answer of [await post(`Content-Length: ${bytes}\r\n`, 'x'.repeat(bytes)), await chunked(bytes)])
          t.equal(seen(answer).body.length, bytes, `${target} admits ${bytes} bytes`);
        for (const answer of [await announce(port, target, bytes + 1), await chunked(bytes + 1)]) {
          t.equal(answer.status, 413, `${target} admits no more`);
          t.match(JSON.parse(answer.body), { code: 'payload_too_large' });
          isProblem(t, answer, target);
        }
      }
    });

    await t.test('holds no body back: the service, which has a limit for its arrival, judges how slowly it may come', async (t) => {
      const impatient = await startUpstream(t, (_request, response) => {
        response.writeHead(408, { connection: 'close' }).end('too slow');
      });
      const { port: gatewayPort } = await gateway.start(t, { auth: impatient, books: impatient });
      for (const target of ['/login', '/books', '/admin/users/import', '/admin/sessions']) {
        const begun = `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\nx`;
        t.match(await send(gatewayPort, begun), { status: 408, body: 'too slow' }, target);
      }
    });

    await t.test("keeps the caller's request id or trace id, and else makes one", async (t) => {
      const trace = '0af7651916cd43dd8448eb211c80319c';
      t.equal(seen(await get('/books', 'X-Request-Id: mine-1\r\n')).headers['x-request-id'], 'mine-1');
      t.equal(seen(await get('/books', `traceparent: 00-${trace}-b7ad6b7169203331-01\r\n`)).headers['x-request-id'], trace);
      t.match(seen(await get('/books', 'X-Request-Id: not"one\r\n')).headers['x-request-id'], /^[0-9a-f-]{32,36}$/);
      t.equal(seen(await get('/books', `traceparent: cc-${trace}-b7ad6b7169203331-01-what-will-be\r\n`)).headers['x-request-id'], trace);
      const noTrace = '0'.repeat(32);
      for (const invalid of [
        `00-${noTrace}-b7ad6b7169203331-01`,
        `ff-${trace}-b7ad6b7169203331-01`,
        `00-${trace}-0000000000000000-01`,
        `00-${trace}-b7ad6b7169203331-01-more`,
      ])
        t.match(seen(await get('/books', `traceparent: ${invalid}\r\n`)).headers['x-request-id'], /^(?!0af7|0{32}).{32,36}$/, invalid);
      t.equal((await get('/metrics', 'X-Request-Id: mine-2\r\n')).headers['x-request-id'], 'mine-2');
    });

    await t.test('ASVS 4.2.1: refuses what is not HTTP, and a request that a service could read otherwise', async (t) => {
      const nonsense = await send(port, 'nonsense\r\n\r\n');
      isProblem(t, nonsense, 'nonsense');
      t.equal(nonsense.headers.connection, 'close', 'so that nothing else is sent on it');
      isProblem(t, await send(port, 'GET /books HTTP/1.1\r\nConnection: close\r\n\r\n'), 'no Host');
      const smuggled =
        'POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx';
      t.equal((await send(port, smuggled)).status, 400);
      for (const coding of ['gzip', 'gzip, chunked']) {
        const request = `POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`;
        t.equal((await send(port, request)).status, 400, `${coding}: the caller’s fault, and no reason to try again`);
      }
      isProblem(t, await send(port, 'GET /books HTTP/3.0\r\nHost: x\r\nConnection: close\r\n\r\n'), 'a version that is not known');
      const tooLong = await get('/books', `X-Long: ${'x'.repeat(70_000)}\r\n`);
      t.equal(tooLong.status, 400);
      for (const { body } of [nonsense, tooLong]) t.match(JSON.parse(body), { detail: 'The request is not valid.' }, 'true of both');
      t.equal(
        (await get('/books', `Authorization: Bearer ${'x'.repeat(8500)}\r\n`)).status,
        200,
        'a token that is too long is for the service to judge',
      );
    });

    await t.test('passes over an expectation that means nothing here, as the services do (RFC 9110, section 10.1.1)', async (t) => {
      t.match(seen(await get('/books', 'Expect: the-unexpected\r\n')), { service: 'books', url: '/books' });
      isProblem(t, await get('/metrics', 'Expect: the-unexpected\r\n'), 'a path that is not let in');
    });

    await t.test(
      'says nothing on a connection that was opened in advance, as browsers do, who would take it for the first answer',
      async (t) => {
        t.equal(await unasked, '');
      },
    );

    await t.test('does not tell what it runs on', async (t) => {
      for (const target of ['/books', '/metrics']) t.notMatch((await get(target)).headers.server ?? '', /\d/);
    });
  });

  void t.test(`${gateway.name} gateway passes on the cookies of a sign-in, however long its token is`, async (t) => {
    const cookies = [`__Host-access=${'x'.repeat(4096 - '__Host-access'.length)}`, `__Secure-refresh=${'x'.repeat(100)}`];
    const auth = await startUpstream(t, (_request, response) => response.writeHead(200, { 'set-cookie': cookies }).end());
    const { port } = await gateway.start(t, { auth, books: await freePort() });
    const answer = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST' });
    t.equal(answer.status, 200);
    t.strictSame(answer.headers.getSetCookie(), cookies);
  });

  void t.test(`${gateway.name} gateway compresses no answer that may hold a token, and nginx compresses the references`, async (t) => {
    const { port } = await gateway.start(t, { auth: await startMirror(t, 'auth'), books: await startMirror(t, 'books') });
    const read = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { 'accept-encoding': 'gzip' } });
      t.match(await answer.json(), { url: path, method });
      return answer.headers;
    };
    for (const path of ['/docs', '/docs/openapi.json', '/books/docs', '/books/docs/openapi.json']) {
      const headers = await read(path);
      t.strictSame(
        [headers.get('content-encoding'), headers.get('vary')],
        gateway.name === 'nginx' ? ['gzip', 'Accept-Encoding'] : [null, null],
        path,
      );
    }
    for (const path of ['/login', '/refresh', '/oauth/token', '/admin/clients', '/admin/users/import', '/books/docsx'])
      t.notOk((await read(path, 'POST')).has('content-encoding'), path);
    for (const path of ['/me', '/sessions', '/books', '/books/1', '/books?q=/docs'])
      t.notOk((await read(path)).has('content-encoding'), path);
  });

  void t.test(`${gateway.name} gateway in front of a service that is down or silent answers 503, but waits for long calls`, async (t) => {
    const held: ServerResponse[] = [];
    const auth = await startUpstream(t, (_request, response) => held.push(response));
    const { port } = await gateway.start(t, { auth, books: await freePort() });
    const call = (request: string) => send(port, `${request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    const calls = ['DELETE /admin/sessions', 'POST /admin/users/import', 'PUT /admin/roles/clerk'];
    const long = Promise.all(calls.map(call));
    await until(async () => held.length === calls.length);
    for (const request of ['GET /books', 'GET /me']) {
      const askedAtMs = performance.now();
      const answer = await call(request);
      if (request === 'GET /me') t.ok(performance.now() - askedAtMs > 9900, 'a service’s own 503, after 5 s, would come first');
      t.equal(answer.status, 503, request);
      t.equal(answer.headers['retry-after'], '1');
      isProblem(t, answer, request);
    }
    for (const response of held) response.writeHead(204).end();
    for (const { status } of await long) t.equal(status, 204);
  });

  void t.test(`${gateway.name} gateway answers an import with 503 where auth is down, however long the import is`, async (t) => {
    const { port } = await gateway.start(t, { auth: await freePort(), books: await freePort() });
    const head = 'POST /admin/users/import HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
    for (const length of [1, 200_000]) {
      const answer = await send(port, `${head}Content-Length: ${length}\r\n\r\n${' '.repeat(length)}`);
      t.equal(answer.status, 503, `${length} bytes`);
      isProblem(t, answer, `${length} bytes`);
    }
  });

  void t.test(`${gateway.name} gateway answers a method that nobody may use with 405 and Allow (RFC 9110, section 15.5.6)`, async (t) => {
    const allow = 'GET, HEAD';
    const books = await startUpstream(t, (_request, response) => response.writeHead(405, { allow }).end());
    const { port } = await gateway.start(t, { auth: books, books });
    const ask = (method: string) => send(port, `${method} /books HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    t.match(await ask('PURGE'), { status: 405, headers: { allow } }, 'the service’s own answer');
    // nginx never passes this one on, and knows no path's methods.
    const everyMethod = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';
    t.match(await ask('TRACE'), { status: 405, headers: { allow: gateway.name === 'nginx' ? everyMethod : allow } });
    t.notOk((await send(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).headers.allow, 'other refusals have none');
  });

  if (gateway.name === 'nginx')
    void t.test('nginx gateway asks another instance where one is gone, but sends what is not idempotent only once', async (t) => {
      const received: string[] = [];
      const startInstance = (name: string, answer: (response: ServerResponse) => void) =>
        startUpstream(t, (request, response) => {
          request.resume().once('end', () => {
            received.push(`${request.method} ${name}`);
            answer(response);
          });
        });
      const good = await startInstance('good', (response) => response.writeHead(204).end());
      const dying = await startInstance('dying', (response) => response.destroy());
      const gone = await freePort();
      for (const first of [gone, dying])
        for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'])
          for (const body of method === 'GET' ? [''] : ['', 'body']) {
            const { port } = await gateway.start(t, { auth: first, books: await freePort() }, good);
            received.length = 0;
            const head = `${method} /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
            const answer = await send(port, head + body);
            const told = `${method} ${body}, ${first === gone ? 'gone' : 'dying'}`;
            const goesOn = first === gone || !['POST', 'PATCH'].includes(method);
            t.equal(answer.status, goesOn ? 204 : 503, told);
            if (!goesOn) isProblem(t, answer, told);
            t.strictSame(received, [...(first === dying ? [`${method} dying`] : []), ...(goesOn ? [`${method} good`] : [])], told);
          }
    });

  if (gateway.name === 'nginx')
    void t.test('nginx gateway uses an instance again soon after it is back: a rolling restart interrupts nothing for long', async (t) => {
      const ports = [await freePort(), await freePort()] as const;
      const startInstance = async (port: number) => {
        const server = createServer((_request, response) => response.writeHead(204, { connection: 'close' }).end());
        t.teardown(() => server.close());
        await once(server.listen(port, '127.0.0.1'), 'listening');
        return async () => void (await once(server.close(), 'close'));
      };
      const [stopFirst, stopSecond] = [await startInstance(ports[0]), await startInstance(ports[1])];
      const { port } = await gateway.start(t, { auth: ports[0], books: await freePort() }, ports[1]);
      const ask = async () => (await send(port, 'GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).status;
      await stopFirst();
      for (const call of [1, 2, 3]) t.equal(await ask(), 204, `call ${call}`);
      await startInstance(ports[0]);
      await stopSecond();
      t.ok(await until(async () => (await ask()) === 204, { timeoutMs: 1000 + BUSY_MS }));
    });

  void t.test(`${gateway.name} gateway lets go of a request whose caller has gone away`, async (t) => {
    const held: ServerResponse[] = [];
    const auth = await startUpstream(t, (_request, response) => held.push(response));
    const { port } = await gateway.start(t, { auth, books: await freePort() });
    const caller = connect(port, '127.0.0.1', () => caller.write('DELETE /admin/sessions HTTP/1.1\r\nHost: x\r\n\r\n'));
    await until(() => held.length === 1);
    caller.destroy();
    t.ok(await until(() => held[0]?.closed));
  });

  void t.test(`${gateway.name} gateway breaks off an answer that its service breaks off, and goes on`, async (t) => {
    const begun: ServerResponse[] = [];
    const auth = await startUpstream(t, (request, response) => {
      if (request.url === '/me') return void response.end('whole');
      response.writeHead(200).write('begun');
      begun.push(response);
    });
    const { port } = await gateway.start(t, { auth, books: await freePort() });
    const caller = connect(port, '127.0.0.1', () => caller.write('GET /sessions HTTP/1.1\r\nHost: x\r\n\r\n'));
    await once(caller, 'data');
    begun[0]?.socket?.resetAndDestroy();
    await once(caller, 'close');
    t.match(await send(port, 'GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), { status: 200, body: 'whole' });
  });

  void t.test(`${gateway.name} gateway lets many callers wait at once`, async (t) => {
    const callers = 600;
    const held: ServerResponse[] = [];
    const auth = await startUpstream(t, (_request, response) => {
      held.push(response);
      if (held.length === callers) for (const waiting of held) waiting.writeHead(204).end();
    });
    const { port } = await gateway.start(t, { auth, books: await freePort() });
    const call = () => send(port, 'GET /me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const answers = await Promise.all(Array.from({ length: callers }, call));
    t.ok(answers.every(({ status }) => status === 204));
  });

  void t.test(`${gateway.name} gateway writes JSON lines without a query or a token, also when no service answers`, async (t) => {
    const { port, log } = await gateway.start(t, { auth: await startMirror(t, 'auth'), books: await freePort() });
    for (const path of [...IN_PATHS, '/me', '/books', '/metrics'])
      await send(port, `GET ${path}?token=secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer secret\r\n\r\n`);
    if (gateway.name === 'embedded') {
      t.equal(log(), '', 'it writes nothing');
      return;
    }
    await until(() => log().includes('"/metrics"'));
    t.notMatch(log(), /secret|token/);
    const lines = log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const told = lines
      .filter(({ path }) => path !== '/nothing')
      .map(({ path, status, upstream_status }) => [path, status, upstream_status]);
    t.strictSame(told, [
      ['/sessions/[removed]', 200, '200'],
      ['/[removed]', 404, ''],
      ['/password/reset/[removed]', 404, ''],
      ['/x/[removed]', 404, ''],
      ['/[removed]', 404, ''],
      ['/me', 200, '200'],
      ['/books', 503, '502'],
      ['/metrics', 404, ''],
    ]);
  });
}

function seen(answer: RawAnswer): Seen {
  return JSON.parse(answer.body) as Seen;
}

function isProblem(t: Test, answer: RawAnswer, message: string): void {
  t.equal(answer.headers['content-type'], 'application/problem+json', message);
  const problem = JSON.parse(answer.body) as { status: number; request_id: string };
  t.equal(problem.status, answer.status, message);
  t.equal(problem.request_id, answer.headers['x-request-id'], message);
  t.match(answer.headers, UNROUTED_SECURITY_HEADERS, message);
  t.match(answer.headers.date, / GMT$/, message);
}
