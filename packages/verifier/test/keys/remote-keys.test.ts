import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { type Owner, testIssuer, until } from '@countersign/testing';
import t from 'tap';
import type { KeySource } from '../../src/keys/key-source.ts';
import { type RemoteKeysOptions, startRemoteKeys } from '../../src/keys/remote-keys.ts';
import { resourceServer } from '../resource-server.ts';

/** An issuer whose JWKS answers as the test says, and counts. */
async function jwksServer(t: Owner, answer: RequestListener) {
  const state = { answer, requests: [] as { readonly cacheControl: string | undefined }[] };
  const server = createServer((request, response) => {
    state.requests.push({ cacheControl: request.headers['cache-control'] });
    state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` });
}

function remoteKeys(t: Owner, options: RemoteKeysOptions): KeySource {
  const keys = startRemoteKeys(options);
  t.teardown(() => keys.close());
  return keys;
}

function json(body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const loaded = (keys: KeySource) => until(() => keys.notReady() === null);

t.test('unknown kids fetch once within the cooldown, whoever asks and however many', async (t) => {
  const issuer = await testIssuer();
  const server = await jwksServer(t, json(issuer.jwks()));
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 600 });
  await loaded(keys);
  const { call } = await resourceServer({ issuerOf: issuer, keys });
  const flood = async () => {
    const answers = Array.from({ length: 200 }, (_, i) => call(issuer.sign({}, { kid: `unknown-${i}` })));
    t.strictSame(new Set(await Promise.all(answers)), new Set(['401 token_invalid']));
  };
  await flood();
  await flood();
  t.equal(server.requests.length, 2, 'one after that of the start');
  t.equal(await call(issuer.sign()), '200');
});

t.test('a key that is published right after a fetch of another cause is found by its first token', async (t) => {
  const issuer = await testIssuer();
  const publish = () => json(issuer.jwks(), { 'cache-control': 'max-age=600' });
  const server = await jwksServer(t, publish());
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 600 });
  await loaded(keys);
  await keys.refreshNow();
  await issuer.rotate();
  server.answer = publish();
  const { call } = await resourceServer({ issuerOf: issuer, keys });
  t.equal(await call(issuer.sign()), '200');
  t.equal(server.requests.length, 3, 'of the start, for the kill, for the kid');
  await issuer.rotate();
  server.answer = publish();
  t.equal(await call(issuer.sign()), '401 token_invalid', 'a second kid within the cooldown');
});

t.test('a token of a key that the issuer has retired is told as what it is', async (t) => {
  const issuer = await testIssuer();
  const answerWith = (retired_kids: unknown) => json({ ...issuer.jwks(), retired_kids }, { 'cache-control': 'max-age=1' });
  const server = await jwksServer(t, answerWith(['retired', 7, null]));
  const keys = remoteKeys(t, { url: server.url });
  await loaded(keys);
  const { call } = await resourceServer({ issuerOf: issuer, keys });
  const past = Math.floor(Date.now() / 1000) - 3600;
  const old = issuer.sign({ iat: past, exp: past + 900 }, { kid: 'retired' });
  t.equal(await call(old), '401 token_expired');
  t.equal(await call(issuer.sign({}, { kid: '7' })), '401 token_invalid');
  server.answer = answerWith('retired');
  await keys.refreshNow();
  t.equal(await call(old), '401 token_invalid', 'of another form it says nothing');
  t.equal(await call(issuer.sign()), '200');
});

t.test('requests with an unknown kid wait for the one fetch under way and then pass', async (t) => {
  const issuer = await testIssuer();
  const before = issuer.jwks();
  const server = await jwksServer(t, json(before));
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 0 });
  await loaded(keys);
  await issuer.rotate();
  server.answer = json(issuer.jwks());
  const { call } = await resourceServer({ issuerOf: issuer, keys });
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(issuer.sign())));
  t.strictSame(new Set(answers), new Set(['200']));
  t.equal(server.requests.length, 2);
});

t.test('ASVS 1.3.6, 15.3.2: a set that is empty, malformed, too large, redirected or an error never replaces a good one', async (t) => {
  const issuer = await testIssuer();
  const server = await jwksServer(t, json(issuer.jwks()));
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 0, timeoutMs: 1000 });
  await loaded(keys);
  const others = (await testIssuer()).jwks();
  const faults: Record<string, RequestListener> = {
    empty: json({ keys: [] }),
    'of unusable keys': json({ keys: [{ kty: 'oct', kid: issuer.key().kid, alg: 'HS256', k: 'AAAA' }] }),
    'no JWKS': json({ jwks: [] }),
    'no JSON': (_request, response) => response.end('<html>'),
    'too large': json({ ...others, more: 'x'.repeat(300_000) }),
    'an error': (_request, response) => response.writeHead(500).end(JSON.stringify(others)),
    'a redirect': (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(JSON.stringify(others)),
    'cut off': (_request, response) => void response.write('{"keys":', () => response.destroy()),
    'never answered': () => {},
    'answered without an end': (_request, response) => void response.write('{"keys":'),
  };
  for (const [name, fault] of Object.entries(faults)) {
    server.answer = fault;
    const asked = server.requests.length;
    await keys.refresh();
    t.equal(server.requests.length, asked + 1, name);
    t.ok(keys.find(issuer.key().kid), name);
  }
  const rotated = await issuer.rotate();
  server.answer = json(issuer.jwks());
  // And a good one does.
  await until(async () => {
    await keys.refresh();
    return keys.find(rotated.kid);
  });
});

t.test('at start it tries again until the issuer is there', async (t) => {
  const issuer = await testIssuer();
  const server = await jwksServer(t, (_request, response) => response.writeHead(503).end());
  const keys = remoteKeys(t, { url: server.url });
  await until(() => server.requests.length >= 2);
  t.match(keys.notReady(), /not been loaded/);
  server.answer = json(issuer.jwks());
  await loaded(keys);
});

t.test('after the kill of a key it fetches at once, past the cooldown and HTTP caches, and the key is gone', async (t) => {
  const issuer = await testIssuer();
  const killed = issuer.key().kid;
  const token = issuer.sign();
  await issuer.rotate();
  const server = await jwksServer(t, json(issuer.jwks()));
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 600 });
  await loaded(keys);
  const { call, view } = await resourceServer({ issuerOf: issuer, keys });
  t.equal(await call(token), '200');
  server.answer = json({ keys: issuer.jwks().keys.filter(({ kid }) => kid !== killed) });
  view.tellKilled(killed);
  await until(() => keys.find(killed) === undefined);
  t.equal(server.requests.length, 2);
  t.equal(server.requests[1]?.cacheControl, 'no-cache');
  t.equal(await call(token), '401 token_invalid', 'a token that was cached is not good without its key');
  t.equal(await call(issuer.sign()), '200');
});

t.test('when the fetch after a kill fails, the next ones go past caches too, until one succeeds', async (t) => {
  const issuer = await testIssuer();
  const server = await jwksServer(t, json(issuer.jwks()));
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 0 });
  await loaded(keys);
  server.answer = (_request, response) => response.writeHead(502).end();
  await keys.refreshNow();
  server.answer = json(issuer.jwks());
  await keys.refresh();
  await keys.refresh();
  t.strictSame(
    server.requests.map(({ cacheControl }) => cacheControl),
    [undefined, 'no-cache', 'no-cache', undefined],
  );
});

t.test('a fetch after a kill that fails is tried again at once, not after the cooldown', async (t) => {
  const issuer = await testIssuer();
  const server = await jwksServer(t, json(issuer.jwks()));
  const keys = remoteKeys(t, { url: server.url, cooldownSeconds: 600 });
  await loaded(keys);
  server.answer = (_request, response) => response.writeHead(502).end();
  await keys.refreshNow();
  const { kid } = await issuer.rotate();
  server.answer = json(issuer.jwks());
  await until(() => keys.find(kid));
});

t.test('a limit that is no whole number of milliseconds, as 1.005 * 1000 is none, is one', async (t) => {
  const server = await jwksServer(t, json((await testIssuer()).jwks()));
  await loaded(remoteKeys(t, { url: server.url, timeoutMs: 5000.5 }));
});

t.test('max-age decides when it looks again in the background, within bounds', async (t) => {
  const issuer = await testIssuer();
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  for (const [header, seconds] of [
    ['max-age=120', 120],
    ['public, max-age=2', 2],
    ['max-age=0', 1],
    ['max-age=99999999', 3600],
    ['s-maxage=7', 300],
    ['', 300],
  ] as const) {
    let fetches = 0;
    const fetched: typeof fetch = async () => {
      fetches += 1;
      return new Response(JSON.stringify(issuer.jwks()), { headers: { 'cache-control': header } });
    };
    const keys = remoteKeys(t, { url: 'http://issuer.example/jwks', fetch: fetched });
    await loaded(keys);
    mock.timers.tick(seconds * 1000 - 1);
    t.equal(fetches, 1, `${header}: not within ${seconds} s`);
    mock.timers.tick(1);
    t.equal(fetches, 2, `${header}: after ${seconds} s`);
    keys.close();
  }
});
