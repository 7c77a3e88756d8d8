import { judgeNeighbours, partNamed, partOf } from './layers.ts';
import type { SourceFiles } from './source-files.ts';

type Versions = Readonly<Record<string, string>>;

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Every version stands once, in the catalog, and is exact; a package depends only on what it may import; signals reach the services. */
export function checkManifests(files: SourceFiles): string[] {
  const manifests = [...files].filter(([path]) => /(^|\/)package\.json$/.test(path));
  return [...checkCatalog(files.get('pnpm-workspace.yaml') ?? ''), ...manifests.flatMap(([path, text]) => checkManifest(path, text))];
}

function checkCatalog(workspace: string): string[] {
  return [...readCatalog(workspace)]
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `pnpm-workspace.yaml: ${name} is ${version}; a catalog version is exact, so that every install is the same`);
}

export function readCatalog(workspace: string): Map<string, string> {
  const [, catalog = ''] = /^catalog:\n((?:(?: {2}.*)?\n)*)/m.exec(workspace) ?? [];
  return new Map([...catalog.matchAll(/^ {2}'?([^':\s]+)'?: (.+)$/gm)].map(([, name = '', version = '']) => [name, version]));
}

function checkManifest(path: string, text: string): string[] {
  const { scripts = {}, dependencies = {}, devDependencies = {}, optionalDependencies = {} } = JSON.parse(text) as Manifest;
  const from = partOf(path);
  const faults: string[] = [];
  if (scripts.start?.startsWith('exec ') === false)
    faults.push(`${path}: start with "exec": otherwise SIGTERM to pnpm ends pnpm and its shell, and the service keeps running`);
  for (const [name, version] of [...Object.entries(dependencies), ...Object.entries(devDependencies)]) {
    const wanted = name.startsWith('@countersign/') ? 'workspace:*' : 'catalog:';
    if (version !== wanted) faults.push(`${path}: ${name} is ${version}; use "${wanted}": each version is given once, in the catalog`);
  }
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (!EXACT.test(version)) faults.push(`${path}: ${name} is ${version}; a version must be exact`);
  }
  if (from === null) return faults;
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const to = partNamed(name);
    const isTest = !Object.hasOwn(dependencies, name);
    const reason = to === null ? null : judgeNeighbours(from, to, isTest);
    if (reason !== null) faults.push(`${path} depends on ${name}: ${reason}`);
  }
  return faults;
}
