import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProcess, until } from '@countersign/testing';
import t from 'tap';
import { logIn, newDataDir, startLocalStack } from './stack.ts';

t.setTimeout(280_000);

const ROOT = join(import.meta.dirname, '..');
/** No folder above it has any packages. */
const folder = newDataDir(t);
const modules = join(folder, 'node_modules');
installPackages();

void t.test(
  'outside this repository the service of the verifier’s README runs on the packages, and refuses what was revoked',
  async (t) => {
    const { gateway, redis, users } = await startLocalStack(t);
    const url = `http://127.0.0.1:${await freePort()}`;
    const example = exampleService({
      'https://auth.example.com': gateway,
      'redis://redis.example.com:6379': redis,
      'orders:read': 'books:read',
      'port: 3000': `port: ${new URL(url).port}`,
    });
    const file = join(folder, 'service.mts');
    writeFileSync(file, example);
    await startProcess(t, file, { readyUrl: `${url}/health` });

    const { access_token } = await logIn(gateway, users.demo);
    const authorization = `Bearer ${access_token}`;
    const status = async () => (await fetch(`${url}/orders`, { headers: { authorization } })).status;
    await until(async () => (await status()) === 200);
    t.equal((await fetch(`${url}/orders`)).status, 401);
    await fetch(`${gateway}/logout`, { method: 'POST', headers: { authorization } });
    await until(async () => (await status()) === 401);
  },
);

void t.test('the packages have types, which need no setting of their own', async (t) => {
  const client = "import { createServiceClient } from '@countersign/client';\nvoid createServiceClient;\n";
  t.equal(compile(client + exampleService({})), '');
  t.match(
    compile(client + exampleService({ 'request.user.sub': 'request.user.sub.nothing' })),
    /'nothing' does not exist on type 'string'/,
  );
});

void t.test('what an app must share with the verifier is left to the app, and what signs for auth stays here', async (t) => {
  const { dependencies, peerDependencies } = manifestOf('verifier');
  t.strictSame(Object.keys(peerDependencies), ['fastify', 'ioredis']);
  t.strictSame(Object.keys(dependencies), ['@countersign/problems', '@countersign/tokens', '@fastify/jwt', 'fastify-plugin']);
  t.strictSame(Object.keys(manifestOf('verifier').exports), ['.', './testing']);
  t.strictSame(manifestOf('verifier/node_modules/@countersign/tokens').exports, { '.': './src/index.js' });
  t.notOk(existsSync(join(modules, '@countersign/verifier/src/parts.js')), 'nor are the parts in it that only auth needs');
  t.notOk(
    readdirSync(join(modules, '@countersign/verifier/node_modules/@countersign/tokens/src')).some((file) => file.startsWith('signing')),
  );
});

void t.test('the test of the verifier’s README passes, with neither auth nor Redis', async (t) => {
  const service = [
    "import assert from 'node:assert/strict';",
    "import { requireScope, verifier, type VerifierOptions } from '@countersign/verifier';",
    "import Fastify from 'fastify';",
    "async function createApp(options: Pick<VerifierOptions, 'issuer' | 'keys' | 'revocations'>) {",
    '  const app = Fastify();',
    "  await app.register(verifier, { ...options, audience: 'urn:countersign:api' });",
    "  app.get('/orders', { onRequest: requireScope('orders:read') }, async () => []);",
    '  return app;',
    '}',
  ].join('\n');
  const text = `${service}\n${exampleOf('import { createAuthStandIn }')}\nassert.equal((await call(token)).statusCode, 401);`;
  t.equal(compile(text), '');
  t.equal(run(folder, process.execPath, join(folder, 'typed.mts')), '');
});

void t.test('the version of a package names its contents', async (t) => {
  for (const name of ['verifier', 'client']) t.match(manifestOf(name).version, /^\d+\.\d+\.\d+-sha256-[0-9a-f]{12}$/);
});

void t.test('the README of a package links only to what is in the package', async (t) => {
  for (const name of ['verifier', 'client']) {
    const folder = join(modules, '@countersign', name);
    const links = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/\]\((?!#|https?:)([^)#]+)/g);
    const paths = [...links].map(([, path = '']) => path);
    t.strictSame(
      paths.filter((path) => path.startsWith('..') || !existsSync(join(folder, path))),
      [],
    );
  }
});

/** As a service does that has the packages which they need already: npm asks no registry, and refuses a version out of their ranges. */
function installPackages(): void {
  run(ROOT, process.execPath, 'scripts/pack.ts');
  const packages = readdirSync(join(ROOT, '.packages')).map((file) => join(ROOT, '.packages', file));
  const present = [
    ...['fastify', 'fastify-plugin', 'ioredis', '@fastify/jwt'].map((name) => join(ROOT, 'packages/verifier/node_modules', name)),
    join(ROOT, 'node_modules/@types/node'),
  ];
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  run(folder, 'npm', 'install', '--offline', '--loglevel=error', '--cache', join(folder, 'cache'), ...packages, ...present);
}

/** Without the hooks that tap gives to every Node below it: the compiler doesn't start with them. */
function run(cwd: string, ...command: string[]): string {
  return execFileSync('env', ['-u', 'NODE_OPTIONS', ...command], { cwd, encoding: 'utf8' });
}

function exampleService(instead: Readonly<Record<string, string>>): string {
  return Object.entries(instead).reduce((text, [from, to]) => text.replaceAll(from, to), exampleOf('import { requireScope'));
}

/** The example in the verifier's README that begins so. */
function exampleOf(beginning: string): string {
  const examples = readFileSync(join(modules, '@countersign/verifier/README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs);
  return [...examples].map(([, example = '']) => example).find((example) => example.startsWith(beginning)) ?? '';
}

/** @returns what the compiler finds wrong */
function compile(text: string): string {
  const file = join(folder, 'typed.mts');
  writeFileSync(file, text);
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
  ];
  try {
    return run(folder, 'tsc', ...options, file);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

function manifestOf(name: string) {
  return JSON.parse(readFileSync(join(modules, '@countersign', name, 'package.json'), 'utf8')) as Record<
    'exports' | 'dependencies' | 'peerDependencies',
    Record<string, string>
  > & { version: string };
}
