// `npm run pack` makes in `.packages/` what services in other repositories install: JavaScript with declarations, because Node runs no
// TypeScript below node_modules.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readCatalog } from './checks/manifests.ts';
import { hashOfContents } from './pack/hash-of-contents.ts';
import { type Installable, type Manifest, toInstallable } from './pack/installable.ts';

const FOLDER = '.packages';
const COMPILED = join(FOLDER, 'compiled');

rmSync(FOLDER, { recursive: true, force: true });
const compiler = resolve('node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'scripts/tsconfig.pack.json', '--outDir', COMPILED], { stdio: 'inherit' });
const catalog = readCatalog(readFileSync('pnpm-workspace.yaml', 'utf8'));
for (const name of ['verifier', 'client']) pack(name);
rmSync(COMPILED, { recursive: true });

/** Puts a hash of the contents into the version: a package manager keeps what it has of a version. */
function pack(name: string): void {
  const folder = join(COMPILED, name);
  const manifest = complete(folder, name);
  writeManifest(folder, { ...manifest, version: `${manifest.version}-${hashOfContents(folder)}` });
  const destination = relative(folder, FOLDER);
  const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', destination], { cwd: folder, encoding: 'utf8' });
  console.log(join(FOLDER, file.trim()));
}

/** Adds to the compiled sources all else that the package consists of. */
function complete(folder: string, name: string): Installable {
  const source = join('packages', name);
  const manifest = toInstallable(JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest, catalog);
  for (const bundled of manifest.bundleDependencies) {
    const bundledName = bundled.replace('@countersign/', '');
    const inside = join(folder, 'node_modules', bundled);
    cpSync(join(COMPILED, bundledName), inside, { recursive: true });
    complete(inside, bundledName);
  }
  cpSync('LICENSE', join(folder, 'LICENSE'));
  if (existsSync(join(source, 'README.md'))) cpSync(join(source, 'README.md'), join(folder, 'README.md'));
  writeManifest(folder, manifest);
  return manifest;
}

function writeManifest(folder: string, manifest: Installable): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
}
