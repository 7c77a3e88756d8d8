import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findPython, freePort, needsReal, type Owner, startProcess, until } from '@countersign/testing';
import t from 'tap';
import { logIn, newDataDir, startLocalStack } from './stack.ts';
import { kidOf } from './token-parts.ts';

t.setTimeout(280_000);

t.test('the service in Python of docs/other-languages.md takes what is good, and refuses the rest with its reason', async (t) => {
  if (!needsReal(t, 'python')) return;
  const { gateway, redis, users, process: stack } = await startLocalStack(t);
  const url = `http://127.0.0.1:${await freePort()}`;
  const file = join(newDataDir(t), 'service.py');
  writeFileSync(file, `${exampleService()}\napp.run(port=${new URL(url).port})\n`);
  const proxy = await startProxy(t);
  const env = { ISSUER: gateway, REDIS_URL: redis, http_proxy: proxy.url };
  const service = await startProcess(t, file, { program: String(findPython()), env });

  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/reports`, { headers, signal: AbortSignal.timeout(10_000) });
    const { code } = (await answer.json()) as { code?: string };
    return `${answer.status} ${code}`;
  };
  const tokens = await logIn(gateway, users.demo);
  await until(async () => (await ask(tokens.access_token)) === '503 unavailable');
  proxy.fault = null;
  await until(async () => service.stderr() !== '' && (await ask(tokens.access_token)) === '200 undefined', { timeoutMs: 20_000 });

  t.match(await (await fetch(`${url}/reports`)).json(), { code: 'token_missing' });
  const [header = '', payload = '', signature = ''] = tokens.access_token.split('.');
  const unknown = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'unknown' })}.${payload}.${signature}`;
  const forged: readonly (readonly [string, string])[] = [
    ['a signature of another token', `${header}.${payload}.${signature.slice(0, -8)}AAAAAAAA`],
    ['no signature', `${encode({ alg: 'none', typ: 'at+jwt', kid: 'x' })}.${payload}.`],
    ['an alg of another kind of key', `${encode({ ...decode(header), alg: 'ES256' })}.${payload}.${signature}`],
    ['a kid that is no text', `${encode({ ...decode(header), kid: ['x'] })}.${payload}.${signature}`],
    ['no kid', `${encode({ ...decode(header), kid: undefined })}.${payload}.${signature}`],
    ['a header that is no object', `${encode([])}.${payload}.${signature}`],
    ['a header in another encoding', `\u00e9${header}.${payload}.${signature}`],
    ['an unknown key', unknown],
    ['another kind of token', tokens.refresh_token],
    ['nothing', ''],
  ];
  for (const [what, token] of forged) t.equal(await ask(token), '401 token_invalid', what);
  const narrow = await logIn(gateway, { ...users.demo, scope: 'books:write' });
  t.equal(await ask(narrow.access_token), '403 insufficient_scope');

  for (const fault of FAULTS) {
    proxy.fault = fault;
    const before = proxy.asked;
    await until(async () => (await ask(unknown)) === '401 token_invalid' && proxy.asked > before);
    t.equal(await ask(tokens.access_token), '200 undefined', `the keys are kept when the answer is ${fault}`);
  }
  proxy.fault = null;

  await fetch(`${gateway}/logout`, { method: 'POST', headers: { authorization: `Bearer ${tokens.refresh_token}` } });
  await until(async () => (await ask(tokens.access_token)) === '401 token_revoked');
  const next = await logIn(gateway, users.demo);
  t.equal(await ask(next.access_token), '200 undefined');

  const admin = await logIn(gateway, users.admin);
  const kill = { method: 'DELETE', headers: { authorization: `Bearer ${admin.access_token}` } };
  t.equal((await fetch(`${gateway}/admin/keys/${kidOf(next.access_token)}`, kill)).status, 204);
  await until(async () => (await ask(next.access_token)) === '401 token_revoked');
  // Its signature isn't even looked at, once the key is gone from the set.
  const bad = `${header}.${payload}.AAAA`;
  await until(async () => (await ask(unknown)) === '401 token_invalid' && (await ask(bad)) === '401 token_revoked');
  const expired = `${header}.${encode({ ...decode(payload), exp: 1_700_000_000 })}.${signature}`;
  t.equal(await ask(expired), '401 token_expired');
  const last = await logIn(gateway, users.demo);
  t.equal(await ask(last.access_token), '200 undefined');

  await stack.stop();
  t.equal(await ask(last.access_token), '503 revocation_unavailable', 'and not 401: the client should retry');
});

/** With a shorter pause between two fetches of the keys. */
function exampleService(): string {
  const document = readFileSync(join(import.meta.dirname, '../docs/other-languages.md'), 'utf8');
  const [, example = ''] = /```python\n(.*?)```/s.exec(document) ?? [];
  return example.replace('age > 10', 'age > 1');
}

const FAULTS = ['no answer', 'a broken connection', 'HTML', 'no set of keys'] as const;

/** Through it the service fetches the keys; at first it answers with HTML. */
async function startProxy(owner: Owner) {
  const proxy = { url: '', fault: 'HTML' as (typeof FAULTS)[number] | null, asked: 0 };
  const server = createServer((incoming, outgoing) => {
    proxy.asked += 1;
    if (proxy.fault === 'a broken connection') outgoing.destroy();
    else if (proxy.fault === 'HTML') outgoing.end('<h1>Maintenance</h1>');
    else if (proxy.fault === 'no set of keys') outgoing.end('{"keys":[]}');
    else if (proxy.fault === null)
      request(String(incoming.url), (answer) => answer.pipe(outgoing))
        .once('error', () => outgoing.destroy())
        .end();
  });
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

function encode(header: object): string {
  return Buffer.from(JSON.stringify(header)).toString('base64url');
}

function decode(header: string): object {
  return JSON.parse(Buffer.from(header, 'base64url').toString());
}
