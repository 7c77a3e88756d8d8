import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython, freePort, needsReal, startProcess, until } from '@countersign/testing';
import t from 'tap';
import { logIn, newDataDir, startLocalStack } from './stack.ts';

t.setTimeout(280_000);

t.test('the service in Python of docs/other-languages.md takes what is good, and refuses the rest with its reason', async (t) => {
  if (!needsReal(t, 'python')) return;
  const { gateway, redis, users, process: stack } = await startLocalStack(t);
  const url = `http://127.0.0.1:${await freePort()}`;
  const file = join(newDataDir(t), 'service.py');
  writeFileSync(file, `${exampleService()}\napp.run(port=${new URL(url).port})\n`);
  const service = await startProcess(t, file, { program: String(findPython()), env: { ISSUER: gateway, REDIS_URL: redis } });

  const ask = async (token: string) => {
    const answer = await fetch(`${url}/reports`, { headers: { authorization: `Bearer ${token}` } });
    const { code } = (await answer.json()) as { code?: string };
    return `${answer.status} ${code}`;
  };
  const tokens = await logIn(gateway, users.demo);
  await until(async () => service.stderr() !== '' && (await ask(tokens.access_token)) === '200 undefined', { timeoutMs: 20_000 });

  t.match(await (await fetch(`${url}/reports`)).json(), { code: 'token_missing' });
  const [header = '', payload = '', signature = ''] = tokens.access_token.split('.');
  const forged: readonly (readonly [string, string])[] = [
    ['a signature of another token', `${header}.${payload}.${signature.slice(0, -8)}AAAAAAAA`],
    ['no signature', `${encode({ alg: 'none', typ: 'at+jwt', kid: 'x' })}.${payload}.`],
    ['an alg of another kind of key', `${encode({ ...decode(header), alg: 'ES256' })}.${payload}.${signature}`],
    ['a kid that is no text', `${encode({ ...decode(header), kid: ['x'] })}.${payload}.${signature}`],
    ['no kid', `${encode({ ...decode(header), kid: undefined })}.${payload}.${signature}`],
    ['a header that is no object', `${encode([])}.${payload}.${signature}`],
    ['a header in another encoding', `\u00e9${header}.${payload}.${signature}`],
    ['an unknown key', `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'unknown' })}.${payload}.${signature}`],
    ['another kind of token', tokens.refresh_token],
    ['nothing', ''],
  ];
  for (const [what, token] of forged) t.equal(await ask(token), '401 token_invalid', what);
  const narrow = await logIn(gateway, { ...users.demo, scope: 'books:write' });
  t.equal(await ask(narrow.access_token), '403 insufficient_scope');

  await fetch(`${gateway}/logout`, { method: 'POST', headers: { authorization: `Bearer ${tokens.refresh_token}` } });
  await until(async () => (await ask(tokens.access_token)) === '401 token_revoked');
  const next = await logIn(gateway, users.demo);
  t.equal(await ask(next.access_token), '200 undefined');

  await stack.stop();
  t.equal(await ask(next.access_token), '503 revocation_unavailable', 'and not 401: the client should retry');
});

function exampleService(): string {
  const document = readFileSync(join(import.meta.dirname, '../docs/other-languages.md'), 'utf8');
  const [, example = ''] = /```python\n(.*?)```/s.exec(document) ?? [];
  return example;
}

function encode(header: object): string {
  return Buffer.from(JSON.stringify(header)).toString('base64url');
}

function decode(header: string): object {
  return JSON.parse(Buffer.from(header, 'base64url').toString());
}
