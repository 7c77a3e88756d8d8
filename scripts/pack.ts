// `npm run pack` makes what services in other repositories install, in `.packages/`: JavaScript with declarations, because Node runs
// no TypeScript below node_modules.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCatalog } from './checks/manifests.ts';

const FOLDER = '.packages';

/** What an app that installs the plugin must share with it: an instance of one copy's class is none of another copy's. */
const PEERS = ['fastify', 'ioredis'];

/** What comes within the package that needs it, so that nobody asks a registry for a name that isn't there. */
const BUNDLED = ['problems', 'tokens'];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

rmSync(FOLDER, { recursive: true, force: true });
execFileSync('tsc', ['-p', 'scripts/tsconfig.pack.json', '--outDir', FOLDER], { stdio: 'inherit' });
const catalog = readCatalog(readFileSync('pnpm-workspace.yaml', 'utf8'));
const inVerifier = join(FOLDER, 'verifier/node_modules/@countersign');
mkdirSync(inVerifier, { recursive: true });
for (const name of BUNDLED) {
  complete(name);
  renameSync(join(FOLDER, name), join(inVerifier, name));
}
for (const name of ['verifier', 'client']) pack(name);

function pack(name: string): void {
  complete(name);
  const from = join(FOLDER, name);
  const output = execFileSync('npm', ['pack', resolve(from), '--silent', '--pack-destination', FOLDER], { encoding: 'utf8' });
  console.log(join(FOLDER, output.trim()));
  rmSync(from, { recursive: true });
}

/** Gives the compiled sources of a package what else it consists of. */
function complete(name: string): void {
  const [from, to] = [join('packages', name), join(FOLDER, name)];
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(to, 'package.json'), JSON.stringify(toInstallable(manifest), null, 2));
  cpSync('LICENSE', join(to, 'LICENSE'));
  if (existsSync(join(from, 'README.md'))) cpSync(join(from, 'README.md'), join(to, 'README.md'));
}

/** One entry point, so that what signs stays in this repository, and with it the one library that only it needs. */
function toInstallable({ dependencies = {}, private: _, devDependencies: __, ...manifest }: Manifest): object {
  const names = Object.keys(dependencies).filter((name) => name !== 'fast-jwt');
  const own = names.filter((name) => name.startsWith('@countersign/'));
  const versions = (some: readonly string[], range = '') =>
    Object.fromEntries(some.map((name) => [name, own.includes(name) ? manifest.version : `${range}${catalog.get(name)}`]));
  return {
    ...manifest,
    exports: { '.': './src/index.js' },
    files: ['src'],
    engines: { node: '>=22' },
    dependencies: versions(names.filter((name) => !PEERS.includes(name))),
    peerDependencies: versions(
      names.filter((name) => PEERS.includes(name)),
      '^',
    ),
    bundleDependencies: own,
  };
}
