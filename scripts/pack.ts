// `npm run pack` makes what services in other repositories install, in `.packages/` or the folder that is named: one .tgz for each
// package, JavaScript with declarations, because Node runs no TypeScript below node_modules.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCatalog } from './checks/manifests.ts';

const PACKAGES = ['problems', 'tokens', 'verifier', 'client'];
const [FOLDER = '.packages'] = process.argv.slice(2);

/** What the app that installs them must share with them: an instance of one copy's class is none of another copy's. */
const PEERS = ['fastify', 'ioredis'];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

rmSync(FOLDER, { recursive: true, force: true });
execFileSync('tsc', ['-p', 'scripts/tsconfig.pack.json', '--outDir', FOLDER], { stdio: 'inherit' });
const catalog = readCatalog(readFileSync('pnpm-workspace.yaml', 'utf8'));
for (const name of PACKAGES) pack(join('packages', name), join(FOLDER, name));

/** @param to - has the compiled sources; gone afterwards */
function pack(from: string, to: string): void {
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(to, 'package.json'), JSON.stringify(toInstallable(manifest), null, 2));
  for (const [file, at] of [
    ['LICENSE', 'LICENSE'],
    ['README.md', join(from, 'README.md')],
  ] as const) {
    if (existsSync(at)) cpSync(at, join(to, file));
  }
  const output = execFileSync('npm', ['pack', resolve(to), '--silent', '--pack-destination', FOLDER], { encoding: 'utf8' });
  console.log(join(FOLDER, output.trim()));
  rmSync(to, { recursive: true });
}

/** One entry point, so that what signs stays in this repository. */
function toInstallable({ dependencies = {}, private: _, devDependencies: __, ...manifest }: Manifest): object {
  const names = Object.keys(dependencies);
  const versionOf = (name: string) => (name.startsWith('@countersign/') ? manifest.version : catalog.get(name));
  const pick = (wanted: boolean, prefix = '') =>
    Object.fromEntries(names.filter((name) => PEERS.includes(name) === wanted).map((name) => [name, `${prefix}${versionOf(name)}`]));
  return {
    ...manifest,
    exports: { '.': './src/index.js' },
    files: ['src'],
    engines: { node: '>=22' },
    dependencies: pick(false),
    peerDependencies: pick(true, '^'),
  };
}
