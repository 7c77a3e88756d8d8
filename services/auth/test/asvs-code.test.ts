import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { settings } from '../src/config.ts';
import { AUDIT_EVENTS } from '../src/domain/audit.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const isMade = (name: string) => ['node_modules', '.tsbuild', '.tap', '.git', '.data'].includes(name);
const list = (...patterns: string[]) => globSync(patterns, { cwd: ROOT, exclude: isMade });

/** What runs in a deployment: not the local stack, not the tests. */
const SOURCES = list('{packages,services}/*/src/**/*.ts', 'cli/src/**/*.ts').filter((path) => !path.startsWith('packages/testing/'));
const MANIFESTS = list('{packages,services}/*/package.json').filter((path) => !path.startsWith('packages/testing/'));
const having = (pattern: RegExp, paths = SOURCES) => paths.filter((path) => pattern.test(read(path))).toSorted();
const found = (pattern: RegExp) =>
  [...new Set(SOURCES.flatMap((path) => [...read(path).matchAll(pattern)].map(([, name = '']) => name)))].toSorted();

t.test('ASVS 11.1.2, 11.1.3: every file that uses cryptography is in the inventory, and the inventory has no other', (t) => {
  const uses = having(/(?<!type \{\} )from '(?:node:crypto|@node-rs\/[^']+|fast-jwt|@fastify\/jwt)'|crypto\.subtle/);
  const listed = [...read('docs/security/cryptography.md').matchAll(/`((?:packages|services|cli)\/[^`]+\.ts)`/g)].map(
    ([, path = '']) => path,
  );
  t.strictSame(uses, [...new Set(listed)].toSorted(), 'docs/security/cryptography.md has a row for it');
  t.end();
});

t.test('every event of the audit log is in the document on logging, which the command line refers to for their names', (t) => {
  const told = read('docs/security/logging.md');
  t.strictSame(
    AUDIT_EVENTS.filter((name) => !told.includes(`\`${name}\``)),
    [],
    'docs/security/logging.md names it',
  );
  t.end();
});

t.test('ASVS 11.2.1, 11.3.1, 11.3.2, 11.3.3, 11.4.1, 11.4.3, 11.6.1: only approved algorithms, from Node’s own library', (t) => {
  t.strictSame(found(/createHash\((.*?)\)/g), ["'sha1'", "'sha256'"]);
  t.strictSame(found(/createHmac\((.*?),/g), ["'sha256'"]);
  t.strictSame(found(/create(?:C|Dec)ipheriv\((.*?),/g), ["'aes-256-gcm'"]);
  t.strictSame(found(/promisify\(generateKeyPair\)\((.*?)\)/g), [
    "'ec', { namedCurve: 'P-256' }",
    "'ed25519'",
    "'rsa', { modulusLength: RSA_MODULUS_BITS }",
  ]);
  t.match(read('packages/tokens/src/algorithms.ts'), /RSA_MODULUS_BITS = 3072/);
  t.strictSame(having(/publicEncrypt|privateDecrypt|\bECB\b|-cbc|md5|rc4|createCipher\(/i), []);
  // Hashes of imported users, which are replaced at their first sign-in; and the name that Redis gives a script.
  t.strictSame(having(/sha-?1\b/i), ['services/auth/src/passwords/password-formats.ts', 'services/auth/src/stores/redis-script.ts']);
  t.end();
});

t.test('ASVS 6.5.3, 7.2.3, 11.5.1, 11.5.2: what must not be guessed comes from the system’s generator, with at least 128 bits', (t) => {
  t.strictSame(having(/Math\.random/), ['services/auth/src/clean-up.ts'], 'when to clean up may be guessed');
  for (const bits of found(/randomBytes\((\d+)\)/g)) t.ok(Number(bits) * 8 >= 128, `${bits} bytes`);
  t.strictSame(having(/randomUUID/), [
    'packages/client/src/client-proof.ts',
    'packages/service/src/http/client-error.ts',
    'packages/service/src/http/request-id.ts',
  ]);
  t.end();
});

t.test('ASVS 11.2.4: secrets are compared in constant time', (t) => {
  const compares = ['clients/client-secret.ts', 'sessions/refresh-token.ts'].map((name) => `services/auth/src/domain/${name}`);
  for (const path of [...compares, 'services/auth/src/passwords/password-formats.ts', 'packages/verifier/src/request/cookie-use.ts'])
    t.match(read(path), /timingSafeEqual\(/, path);
  t.end();
});

t.test('ASVS 1.2.4: no text of a request becomes a part of a statement', (t) => {
  const schema = 'services/auth/src/stores/schema.ts';
  t.strictSame(having(/sql\.raw\(|\.unsafe\(/), ['packages/service/src/postgres/bounded-client.ts', schema]);
  for (const [, argument = ''] of read(schema).matchAll(/sql\.raw\((.*?)\)[,)]/g)) t.match(argument, /NEVER/);
  t.end();
});

t.test('ASVS 13.2.4, 13.2.5, 14.2.3, 15.3.2: auth calls nobody, books calls the JWKS of its setting, and no redirect is followed', (t) => {
  const calls = having(/(?<![.\w])fetch\((?!path)|from 'node:https?'.*\brequest\b|undici/);
  t.strictSame(
    calls.filter((path) => !/^(?:cli|packages\/client|services\/worker)\//.test(path)),
    ['packages/verifier/src/keys/remote-keys.ts'],
  );
  for (const path of ['packages/verifier/src/keys/remote-keys.ts', 'packages/client/src/bounded-fetch.ts'])
    t.match(read(path), /redirect: 'error'/, path);
  t.strictSame(
    having(/startRemoteKeys\(/).filter((path) => path.startsWith('services/auth')),
    [],
    'auth has its keys from its own database',
  );
  t.end();
});

t.test('ASVS 13.3.1, 13.2.3: no secret has a default, and none is in the repository', (t) => {
  for (const [name, setting] of Object.entries(settings)) if (setting.secret) t.equal(setting.fallback ?? null, null, name);
  const secret = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}|cs_(?:rt|cs|pr)_[0-9A-Za-z]{49,}/;
  const texts = list('**/*.{ts,mjs,json,yaml,yml,md,sh,conf,sql}', 'Dockerfile').filter((path) => !/vectors\/|pnpm-lock/.test(path));
  t.ok(texts.length > 300);
  t.strictSame(
    texts.filter((path) => secret.test(read(path))),
    [],
  );
  t.end();
});

t.test('ASVS 13.4.2, 15.2.3: there is no debug mode, and nothing of the tests in what runs', (t) => {
  t.strictSame(having(/NODE_ENV|import\.meta\.(?:env|hot)|debugger;/), []);
  t.strictSame(having(/from '@countersign\/testing'|from 'tap'|pglite/), []);
  for (const path of MANIFESTS) {
    const { dependencies = {} } = JSON.parse(read(path)) as { dependencies?: Record<string, string> };
    t.strictSame(
      Object.keys(dependencies).filter((name) => /testing|pglite|^tap$|js-redis-server/.test(name)),
      [],
      path,
    );
  }
  t.match(read('Dockerfile'), /rm -rf packages\/testing/);
  t.end();
});

t.test('ASVS 13.2.2: every part runs with no more rights than it needs', (t) => {
  t.match(read('Dockerfile'), /^USER node$/m);
  const compose = read('docker-compose.yml');
  const [, ours = ''] = /^x-service: &service\n((?: {2}.*\n)+)/m.exec(compose) ?? [];
  t.match(ours, /^ +user: node$[\s\S]*^ +read_only: true$/m);
  const services = [...compose.matchAll(/^ {2}([a-z]+):\n((?: {4}.*\n|\n)+)/gm)];
  t.ok(services.length >= 8);
  for (const [, name = '', own = ''] of services.filter(([, , own = '']) => /^ +image: |<<: \*service$/m.test(own))) {
    const options = own.includes('<<: *service') ? ours : own;
    t.match(options, /^ +cap_drop: \[ALL\]$/m, name);
    t.match(options, /^ +security_opt: \['no-new-privileges:true'\]$/m, name);
  }
  t.match(
    read('compose/make-databases.sh'),
    /CREATE DATABASE :"service" OWNER :"service";\nREVOKE ALL ON DATABASE :"service" FROM PUBLIC;/,
  );
  t.end();
});

t.test('ASVS 14.3.3: nothing of ours puts anything into a browser’s storage', (t) => {
  t.strictSame(having(/localStorage|sessionStorage|indexedDB|<script/), []);
  t.end();
});

t.test('ASVS 15.1.2, 15.2.4: every dependency is pinned by its hash, and ours come from here', (t) => {
  const [, packages = ''] = read('pnpm-lock.yaml').split(/^packages:$/m);
  const entries =
    packages
      .split(/^snapshots:$/m)[0]
      ?.split(/\n(?= {2}\S)/)
      .filter((entry) => entry.includes('resolution:')) ?? [];
  t.ok(entries.length > 200);
  for (const entry of entries) if (!/integrity: sha512-/.test(entry)) t.fail(entry);
  t.notMatch(packages, /@countersign\//);
  t.end();
});

t.test('ASVS 16.2.3: the log goes to standard output and nowhere else', (t) => {
  const services = SOURCES.filter((path) => !path.startsWith('cli/'));
  t.strictSame(having(/console\.\w+\(|writeFile|appendFile|createWriteStream/, services), []);
  t.end();
});
