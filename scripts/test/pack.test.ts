import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { hashOfContents } from '../pack/hash-of-contents.ts';
import { toInstallable } from '../pack/installable.ts';

const FILES = { 'src/a.js': 'a', 'node_modules/@countersign/tokens/src/b.js': 'b' };

/** A new folder with these files. */
function folderOf(t: { teardown(remove: () => unknown): unknown }, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pack-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    utimesSync(join(folder, path), Math.random() * 1e9, Math.random() * 1e9);
  }
  return folder;
}

t.test('the same contents have the same hash, wherever and whenever they were written', async (t) => {
  const inOtherOrder = Object.fromEntries(Object.entries(FILES).reverse());
  t.equal(hashOfContents(folderOf(t, FILES)), hashOfContents(folderOf(t, inOtherOrder)));
});

for (const [what, files] of Object.entries({
  'a changed file': { ...FILES, 'src/a.js': 'A' },
  'a change in what is bundled': { ...FILES, 'node_modules/@countersign/tokens/src/b.js': 'B' },
  'another name': { 'src/c.js': 'a', 'node_modules/@countersign/tokens/src/b.js': 'b' },
  'one more file': { ...FILES, 'src/c.js': '' },
}))
  t.test(`${what} gives another hash`, async (t) => {
    t.not(hashOfContents(folderOf(t, files)), hashOfContents(folderOf(t, FILES)));
  });

t.test('a hash is a valid identifier of a version, whatever its digits', async (t) => {
  t.match(hashOfContents(folderOf(t, FILES)), /^sha256-[0-9a-f]{12}$/);
});

const manifest = {
  version: '1.2.3',
  private: true,
  exports: { '.': './src/index.ts', './testing': './src/testing.ts', './parts': './src/parts.ts', './signing': './src/signing.ts' },
  dependencies: { '@countersign/tokens': 'workspace:*', fastify: 'catalog:', 'fast-jwt': 'catalog:', 'fastify-plugin': 'catalog:' },
  peerDependencies: { fastify: '^5.0.0' },
  devDependencies: { tap: 'catalog:' },
};
const catalog = new Map([['fastify-plugin', '6.0.1']]);

t.test('a package bundles its neighbours, leaves its peers to the app, and takes fixes of all else', async (t) => {
  const { private: isPrivate, devDependencies, dependencies, peerDependencies, bundleDependencies } = toInstallable(manifest, catalog);
  t.strictSame([isPrivate, devDependencies], [undefined, undefined]);
  t.strictSame(dependencies, { '@countersign/tokens': '1.2.3', 'fastify-plugin': '^6.0.1' });
  t.strictSame(peerDependencies, { fastify: '^5.0.0' });
  t.strictSame(bundleDependencies, ['@countersign/tokens']);
});

t.test('a package has its compiled entry points, but for those that are for auth', async (t) => {
  t.strictSame(toInstallable(manifest, catalog).exports, { '.': './src/index.js', './testing': './src/testing.js' });
});

t.test('a dependency that the catalog lacks is told of by its name', async (t) => {
  t.throws(() => toInstallable(manifest, new Map()), { message: 'fastify-plugin has no version in the catalog of pnpm-workspace.yaml' });
});
