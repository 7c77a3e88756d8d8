import { generateKeyPairSync, verify } from 'node:crypto';
import { Readable } from 'node:stream';
import { until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { createServiceClient, type ServiceClientOptions, TokenRequestError } from '../src/index.ts';
import { type StubAnswer, type StubHandler, type StubServer, stubServer } from './stub-server.ts';

type Changes = Partial<Omit<ServiceClientOptions, 'clientSecret' | 'privateKey'>>;

/** A server that gives the tokens token-1, token-2, … and accepts those that `isGood` approves. */
async function start(t: Test, { isGood = () => true, expiresIn = 900, ...handlers }: Setup = {}, changes: Changes = {}) {
  let issued = 0;
  const server: StubServer = await stubServer(t, {
    '/oauth/token': () => ({ body: { access_token: `token-${++issued}`, token_type: 'Bearer', expires_in: expiresIn } }),
    '/books': ({ headers }) => (isGood(headers.authorization ?? '') ? { body: [] } : { status: 401, body: { code: 'token_expired' } }),
    ...handlers.paths,
  });
  const options = {
    issuer: server.url,
    tokenUrl: `${server.url}/oauth/token`,
    clientId: 'a-client',
    clientSecret: 's3cr3t +&',
    baseUrl: server.url,
  };
  return { server, client: createServiceClient({ ...options, ...changes }) };
}

interface Setup {
  readonly isGood?: (authorization: string) => boolean;
  readonly expiresIn?: number;
  readonly paths?: Readonly<Record<string, StubHandler>>;
}

t.test('one token serves many requests, and a hundred at once ask for one only', async (t) => {
  const { server, client } = await start(t);
  await Promise.all(Array.from({ length: 100 }, () => client.fetch('/books')));
  await client.fetch('/books');
  t.equal(server.count('/oauth/token'), 1);
  t.equal(server.count('/books'), 101);
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer token-1');
});

t.test('the token request carries grant, scope, resources and the client as Basic, and nothing that was left out', async (t) => {
  const { server, client } = await start(t, {}, { clientId: 'a b&c', scope: 'books:read', resource: ['urn:a', 'urn:b'] });
  await client.fetch('/books');
  const request = server.requests[0];
  t.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded;charset=UTF-8');
  const form = new URLSearchParams(request?.body);
  t.match(Object.fromEntries(form), { grant_type: 'client_credentials', client_id: 'a b&c', scope: 'books:read' });
  t.strictSame(form.getAll('resource'), ['urn:a', 'urn:b']);
  t.equal(Buffer.from(request?.headers.authorization?.slice(6) ?? '', 'base64').toString(), 'a+b%26c:s3cr3t+%2B%26');
  t.equal(request?.headers.accept, 'application/json');
  const plain = await start(t);
  await plain.client.fetch('/books');
  t.equal(plain.server.requests[0]?.body, 'grant_type=client_credentials&client_id=a-client');
});

t.test('a request is sent as it was asked for, with the token in place of any other', async (t) => {
  const { server, client } = await start(t);
  await client.fetch('/books', { headers: { 'x-trace': 'a trace', authorization: 'Basic YTpi' } });
  const { headers } = server.requests.at(-1) ?? {};
  t.strictSame([headers?.['x-trace'], headers?.authorization], ['a trace', 'Bearer token-1']);
});

t.test('a token is replaced before it expires', async (t) => {
  const { server, client } = await start(t, { expiresIn: 0 });
  await client.fetch('/books');
  await client.fetch('/books');
  t.equal(server.count('/oauth/token'), 2);
});

t.test('another token is asked for in the last tenth of its life, or the last 30 s of a long one', async (t) => {
  for (const [expiresIn, usedFor] of [
    [100, 90],
    [900, 870],
  ] as const) {
    const { server, client } = await start(t, { expiresIn });
    let nowMs = performance.now();
    const clock = t.intercept(performance, 'now', { value: () => nowMs });
    const startedAtMs = nowMs;
    const askAfter = async (seconds: number) => {
      nowMs = startedAtMs + seconds * 1000;
      await client.fetch('/books');
      return server.count('/oauth/token');
    };
    t.strictSame([await askAfter(0), await askAfter(usedFor - 1)], [1, 1], `${expiresIn} s`);
    await askAfter(usedFor + 1);
    await until(() => server.count('/oauth/token') === 2);
    clock.restore();
  }
});

t.test('a token is used until it expires while auth gives no other, which is asked for once a second', async (t) => {
  let isDown = false;
  const answer = () => (isDown ? { status: 503 } : { body: { access_token: 'token-1', token_type: 'Bearer', expires_in: 100 } });
  const { server, client } = await start(t, { paths: { '/oauth/token': answer } });
  let nowMs = Math.ceil(performance.now());
  const clock = t.intercept(performance, 'now', { value: () => nowMs });
  t.teardown(clock.restore);
  const statusAfter = async (seconds: number) => {
    nowMs += seconds * 1000;
    return (await client.fetch('/books')).status;
  };
  t.equal(await statusAfter(0), 200);
  isDown = true;
  t.equal(await statusAfter(91), 200);
  await until(() => server.count('/oauth/token') === 2);
  t.equal(await statusAfter(0.999), 200);
  t.equal(server.count('/oauth/token'), 2);
  t.equal(await statusAfter(0.001), 200);
  await until(() => server.count('/oauth/token') === 3);
  await t.rejects(statusAfter(8), { name: 'TokenRequestError', status: 503 }, 'then it has expired');
  isDown = false;
  t.equal(await statusAfter(0), 200);
});

t.test('a request doesn’t wait for another token while it can use the one that there is', async (t) => {
  const answering = Promise.withResolvers<void>();
  let asked = 0;
  const token: StubHandler = async () => {
    asked += 1;
    if (asked > 1) await answering.promise;
    return { body: { access_token: `token-${asked}`, token_type: 'Bearer', expires_in: 100 } };
  };
  const { server, client } = await start(t, { paths: { '/oauth/token': token } });
  await client.fetch('/books');
  const nowMs = performance.now() + 91_000;
  const clock = t.intercept(performance, 'now', { value: () => nowMs });
  t.teardown(clock.restore);
  t.equal((await client.fetch('/books')).status, 200);
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer token-1');
  answering.resolve();
  await until(async () => {
    await client.fetch('/books');
    return server.requests.at(-1)?.headers.authorization === 'Bearer token-2';
  });
});

t.test('a refusal that a new token can help is tried once more, and no other', async (t) => {
  for (const code of ['token_expired', 'token_revoked']) {
    const { server, client } = await start(t, { paths: { '/books': refuseFirst(code) } });
    t.equal((await client.fetch('/books', { method: 'POST', body: 'the body' })).status, 200, code);
    t.equal(server.count('/oauth/token'), 2);
    t.strictSame(
      server.requests.filter(({ url }) => url.pathname === '/books').map(({ body }) => body),
      ['the body', 'the body'],
    );
  }
  for (const code of ['token_invalid', 'token_wrong_audience', undefined]) {
    const { server, client } = await start(t, { paths: { '/books': refuseFirst(code) } });
    const response = await client.fetch('/books');
    t.equal(response.status, 401, String(code));
    t.strictSame(await response.json(), code === undefined ? {} : { code }, 'the answer can still be read');
    t.equal(server.count('/books'), 1);
  }
});

t.test('a request that is refused after another one has brought a new token takes that one', async (t) => {
  const late = Promise.withResolvers<void>();
  let asked = 0;
  const refuseTwo: StubHandler = async () => {
    const turn = ++asked;
    if (turn === 1) await late.promise;
    return turn > 2 ? { body: [] } : { status: 401, body: { code: 'token_expired' } };
  };
  const { server, client } = await start(t, { paths: { '/books': refuseTwo } });
  const waiting = client.fetch('/books');
  await until(() => asked === 1);
  t.equal((await client.fetch('/books')).status, 200);
  late.resolve();
  t.equal((await waiting).status, 200);
  t.equal(server.requests.at(-1)?.headers.authorization, 'Bearer token-2');
  t.equal(server.count('/oauth/token'), 2);
});

t.test('a service that refuses every token is asked twice and not for ever', async (t) => {
  const { server, client } = await start(t, { isGood: () => false });
  t.equal((await client.fetch('/books')).status, 401);
  t.equal(server.count('/books'), 2);
  t.equal(server.count('/oauth/token'), 2);
});

t.test('a body that can be read only once is not sent twice, and the next request has a new token', async (t) => {
  async function* generated() {
    yield 'once';
  }
  const bodies = { 'a stream': new Blob(['once']).stream(), 'a Node stream': Readable.from(['once']), 'an iterable': generated() };
  for (const [kind, body] of Object.entries(bodies)) {
    const { server, client } = await start(t, { isGood: (authorization) => authorization === 'Bearer token-2' });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const refused = await client.fetch('/books', init);
    t.match([refused.status, await refused.json()], [401, { code: 'token_expired' }], kind);
    t.equal((await client.fetch('/books', { method: 'POST', body: 'again' })).status, 200, kind);
    t.strictSame(
      server.requests.filter(({ url }) => url.pathname === '/books').map(({ body }) => body),
      ['once', 'again'],
      kind,
    );
  }
});

t.test('a body that can be read again is sent again', async (t) => {
  const form = new FormData();
  form.set('name', 'whole');
  const bodies = [new TextEncoder().encode('whole'), new Blob(['whole']), new URLSearchParams({ a: 'whole' }), form];
  for (const body of bodies) {
    const { server, client } = await start(t, { isGood: (authorization) => authorization === 'Bearer token-2' });
    t.equal((await client.fetch('/books', { method: 'POST', body })).status, 200, body.constructor.name);
    t.match(server.requests.at(-1)?.body, /whole/, body.constructor.name);
  }
});

t.test('ASVS 10.1.1, 15.3.2: a token goes to its own origin, also when that one redirects', async (t) => {
  const elsewhere = await stubServer(t, { '/books': () => ({ body: [] }) });
  const { server, client } = await start(t, {
    paths: { '/away': () => ({ status: 307, headers: { location: `${elsewhere.url}/books` } }) },
  });
  await t.rejects(client.fetch(`${elsewhere.url}/books`), /only/);
  await t.rejects(client.fetch('//127.0.0.1:1/books'), /only/);
  await t.rejects(client.fetch(`${server.url.replace('http:', 'https:')}/books`), /only/);
  await t.rejects(client.fetch('/away'));
  await t.rejects(client.fetch('/away', { redirect: 'follow' }));
  t.equal(elsewhere.requests.length, 0);
  t.equal((await client.fetch(`${server.url}/books?q=a`)).status, 200);
});

t.test('a refusal of auth is an error with its code; the next call asks again', async (t) => {
  const answers: StubAnswer[] = [
    {
      status: 401,
      body: { error: 'invalid_client', error_description: 'no', code: 'other', detail: 'other' },
      headers: { 'x-request-id': 'r-0' },
    },
    { status: 503 },
    { status: 503, body: { code: 'unavailable', detail: 'Later.', request_id: 'r-1' }, headers: { 'retry-after': '7' } },
    { status: 503, headers: { 'retry-after': 'Fri, 27 Nov 2026 12:00:00 GMT' } },
    { body: { odd: true } },
  ];
  const token: StubHandler = () => answers.shift() ?? { body: { access_token: 'token', token_type: 'bearer', expires_in: 900 } };
  const { client } = await start(t, { paths: { '/oauth/token': token } });
  for (const expected of [
    { code: 'invalid_client', status: 401, detail: 'no', requestId: 'r-0' },
    { code: 'unexpected', status: 503, detail: null, requestId: null, retryAfterSeconds: null },
    { code: 'unavailable', status: 503, detail: 'Later.', requestId: 'r-1', retryAfterSeconds: 7 },
    { code: 'unexpected', status: 503, retryAfterSeconds: null },
    { code: 'unexpected', status: 200 },
  ]) {
    const error: unknown = await client.fetch('/books').catch((refusal: unknown) => refusal);
    t.type(error, TokenRequestError);
    t.match(error, expected);
    t.notMatch(JSON.stringify(error) + String(error), /s3cr3t|token-/);
  }
  t.equal((await client.fetch('/books')).status, 200);
});

t.test('where auth is at another address, the client says which, and sends no secret there', async (t) => {
  const { server: other } = await start(t);
  const moved: StubHandler = () => ({ status: 307, headers: { location: `${other.url}/oauth/token` } });
  const { client } = await start(t, { paths: { '/oauth/token': moved } });
  await t.rejects(client.fetch('/books'), { code: 'redirected', status: 307, detail: `redirects to ${other.url}/oauth/token` });
  t.equal(other.requests.length, 0);
});

t.test('a token that can’t be used as Bearer, or not be known when to replace, is an error', async (t) => {
  const good = { access_token: 'token', token_type: 'Bearer', expires_in: 900 };
  for (const change of [{ token_type: 'DPoP' }, { token_type: undefined }, { expires_in: '900' }, { access_token: undefined }, {}]) {
    const { client } = await start(t, { paths: { '/oauth/token': () => ({ body: { ...good, ...change } }) } });
    const code = await client.fetch('/books').then(
      ({ status }) => status,
      (refusal: TokenRequestError) => refusal.code,
    );
    t.equal(code, Object.keys(change).length === 0 ? 200 : 'unexpected', JSON.stringify(change));
  }
});

t.test('a caller can end a request before its limit', async (t) => {
  const called = Promise.withResolvers<void>();
  const never: StubHandler = () => {
    called.resolve();
    return 'never';
  };
  const { client } = await start(t, { paths: { '/books': never } });
  const abort = new AbortController();
  const answer = client.fetch('/books', { signal: abort.signal });
  await called.promise;
  abort.abort();
  await t.rejects(answer, { name: 'AbortError' });
});

t.test('no wait is without a limit: neither for a token, nor for an answer, nor for discovery', async (t) => {
  const never = { '/oauth/token': () => 'never' as const, '/.well-known/oauth-authorization-server': () => 'never' as const };
  const { client } = await start(t, { paths: never }, { timeoutMs: 50 });
  const error: unknown = await client.fetch('/books').catch((refusal: unknown) => refusal);
  t.match(error, { code: 'unreachable', status: null, message: 'No token: unreachable.', cause: { name: 'TimeoutError' } });
  const slow = await start(t, { paths: { '/books': () => 'never' } }, { timeoutMs: 2000 });
  await t.rejects(slow.client.fetch('/books'), { name: 'TimeoutError' });
  await t.rejects(slow.client.fetch('/books', { signal: new AbortController().signal }), { name: 'TimeoutError' });
});

t.test('each request has ten seconds where nothing else is said', async (t) => {
  const limits = t.capture(AbortSignal, 'timeout', AbortSignal.timeout);
  const { client } = await start(t);
  await client.fetch('/books');
  t.strictSame(
    limits().map(({ args }) => args[0]),
    [10_000, 10_000],
  );
});

t.test('a limit that is no whole number of milliseconds, as 1.005 * 1000 is none, is one', async (t) => {
  const { client } = await start(t, {}, { timeoutMs: 10_000.5 });
  t.equal((await client.fetch('/books')).status, 200);
});

t.test('who aborts a request waits for no token, and takes it from nobody else', async (t) => {
  const asked = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const token: StubHandler = async () => {
    asked.resolve();
    await answering.promise;
    return { body: { access_token: 'token', token_type: 'Bearer', expires_in: 900 } };
  };
  const { server, client } = await start(t, { paths: { '/oauth/token': token } });
  await t.rejects(client.fetch('/books', { signal: AbortSignal.abort() }), { name: 'AbortError' });
  t.equal(server.count('/oauth/token'), 0);
  const leaving = new AbortController();
  const left = client.fetch('/books', { signal: leaving.signal });
  const stayed = client.fetch('/books', { signal: new AbortController().signal });
  await asked.promise;
  leaving.abort();
  await t.rejects(left, { name: 'AbortError' });
  answering.resolve();
  t.equal((await stayed).status, 200);
  t.equal(server.count('/oauth/token'), 1);
});

t.test('who aborts a request that was refused waits for no new token either', async (t) => {
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const token: StubHandler = () => {
    count += 1;
    if (count === 1) return { body: { access_token: 'token', token_type: 'Bearer', expires_in: 900 } };
    asked.resolve();
    return 'never';
  };
  const { client } = await start(t, { isGood: () => false, paths: { '/oauth/token': token } });
  const leaving = new AbortController();
  const left = client.fetch('/books', { signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await t.rejects(left, { name: 'AbortError' });
});

t.test('ASVS 10.5.3: discovery finds the token endpoint, and takes the metadata of no other issuer', async (t) => {
  const server: StubServer = await stubServer(t, {
    '/.well-known/oauth-authorization-server': () => ({ body: { issuer: server.url, token_endpoint: `${server.url}/tokens` } }),
    '/.well-known/oauth-authorization-server/tenant': () => ({ body: { issuer: server.url, token_endpoint: `${server.url}/tokens` } }),
    '/tokens': () => ({ body: { access_token: 'token', token_type: 'Bearer', expires_in: 0 } }),
    '/books': () => ({ body: [] }),
  });
  const options = { clientId: 'a-client', clientSecret: 's3cr3t', baseUrl: server.url };
  const client = createServiceClient({ ...options, issuer: server.url });
  for (const turn of [1, 2]) t.equal((await client.fetch('/books')).status, 200, `turn ${turn}`);
  t.equal(server.count('/.well-known/oauth-authorization-server'), 1, 'it is asked once');
  const asked = server.count('/tokens');
  const wrong = createServiceClient({ ...options, issuer: `${server.url}/tenant` });
  const error: unknown = await wrong.fetch('/books').catch((refusal: unknown) => refusal);
  const named = `The metadata at ${server.url}/.well-known/oauth-authorization-server/tenant names the issuer ${server.url}, not ${server.url}/tenant.`;
  t.match(error, { code: 'metadata_invalid', status: 200, detail: named });
  t.equal(server.count('/tokens'), asked, 'the secret wasn’t sent');
  const down = await stubServer(t, { '/.well-known/oauth-authorization-server': () => ({ status: 500, body: { code: 'unavailable' } }) });
  const unavailable: unknown = await createServiceClient({ ...options, issuer: down.url })
    .fetch('/books')
    .catch((refusal: unknown) => refusal);
  t.match(unavailable, { code: 'unavailable', status: 500 });
});

t.test('the metadata of an issuer with a path is where RFC 8414, section 3.1, puts it', async (t) => {
  const server: StubServer = await stubServer(t, {
    '/.well-known/oauth-authorization-server/tenant': () => ({
      body: { issuer: `${server.url}/tenant`, token_endpoint: `${server.url}/tenant/token` },
    }),
    '/tenant/token': () => ({ body: { access_token: 'token', token_type: 'Bearer', expires_in: 900 } }),
    '/books': () => ({ body: [] }),
  });
  const options = { clientId: 'a-client', clientSecret: 's3cr3t', baseUrl: server.url, issuer: `${server.url}/tenant` };
  t.equal((await createServiceClient(options).fetch('/books')).status, 200);
});

t.test('metadata that is missing or names no token endpoint is refused', async (t) => {
  for (const change of [{ status: 404 }, { token_endpoint: undefined }, { token_endpoint: 7 }, {}] as const) {
    const { status = 200, ...members } = change as { status?: number };
    const server: StubServer = await stubServer(t, {
      '/.well-known/oauth-authorization-server': () => ({
        status,
        body: { issuer: server.url, token_endpoint: `${server.url}/tokens`, ...members },
      }),
      '/tokens': () => ({ body: { access_token: 'token', token_type: 'Bearer', expires_in: 900 } }),
      '/books': () => ({ body: [] }),
    });
    const options = { clientId: 'a-client', clientSecret: 's3cr3t', baseUrl: server.url, issuer: server.url };
    const answer = await createServiceClient(options)
      .fetch('/books')
      .catch(({ code }: TokenRequestError) => ({ status: code }));
    t.equal(answer.status, Object.keys(change).length === 0 ? 200 : 'metadata_invalid', JSON.stringify(change));
  }
});

t.test('a private key signs a new assertion for each token request', async (t) => {
  const pairs = {
    EdDSA: generateKeyPairSync('ed25519'),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    RS256: generateKeyPairSync('rsa', { modulusLength: 3072 }),
  };
  for (const [alg, { privateKey, publicKey }] of Object.entries(pairs)) {
    const assertions: string[] = [];
    const token: StubHandler = ({ body }) => {
      const form = new URLSearchParams(body);
      t.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
      assertions.push(form.get('client_assertion') ?? '');
      return { body: { access_token: 'token', token_type: 'Bearer', expires_in: 0 } };
    };
    const server = await stubServer(t, { '/oauth/token': token, '/books': () => ({ body: [] }) });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const id = alg === 'RS256' ? {} : { kid: 'k' };
    const proof = { privateKey: { key: alg === 'EdDSA' ? privateKey : pem, ...id } };
    const client = createServiceClient({
      ...proof,
      issuer: 'https://auth.example',
      tokenUrl: `${server.url}/oauth/token`,
      clientId: 'a-client',
      baseUrl: server.url,
    });
    await client.fetch('/books');
    await client.fetch('/books');
    const [header, claims, signature] = (assertions[0] ?? '').split('.');
    const read = (part = ''): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    t.strictSame(read(header), { alg, typ: 'JWT', ...id });
    const { exp, jti, ...said } = read(claims) as { exp: number; jti: string };
    t.strictSame(
      said,
      { iss: 'a-client', sub: 'a-client', aud: 'https://auth.example' },
      'no iat, which a fast clock would put in the future',
    );
    t.type(jti, 'string');
    t.ok(Number.isInteger(exp) && Math.abs(exp - 300 - Date.now() / 1000) < 60, 'good for five minutes');
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    t.ok(verify(alg === 'EdDSA' ? null : 'sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature ?? '', 'base64url')));
    t.not(assertions[0], assertions[1]);
  }
});

function refuseFirst(code: string | undefined): StubHandler {
  let asked = 0;
  return () => (asked++ === 0 ? { status: 401, body: code === undefined ? {} : { code } } : { body: [] });
}
