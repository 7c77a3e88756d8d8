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

/** Every version stands once, in the catalog, and is exact; a package depends on none that it may not import; a service gets its signals. */
export function checkManifests(files: SourceFiles): string[] {
  const manifests = [...files].filter(([path]) => /(^|\/)package\.json$/.test(path));
  return [...checkCatalog(files.get('pnpm-workspace.yaml') ?? ''), ...manifests.flatMap(([path, text]) => checkManifest(path, text))];
}

function checkCatalog(workspace: string): string[] {
  const [, catalog = ''] = /^catalog:\n((?:(?: {2}.*)?\n)*)/m.exec(workspace) ?? [];
  const entries = [...catalog.matchAll(/^ {2}'?([^':\s]+)'?: (.+)$/gm)];
  return entries
    .filter(([, , version = '']) => !EXACT.test(version))
    .map(([, name, version]) => `pnpm-workspace.yaml: ${name} is ${version}; a catalog version is exact, so that an install never differs`);
}

function checkManifest(path: string, text: string): string[] {
  const { scripts = {}, dependencies = {}, devDependencies = {}, optionalDependencies = {} } = JSON.parse(text) as Manifest;
  const from = partOf(path);
  const faults: string[] = [];
  if (scripts.start?.startsWith('exec ') === false)
    faults.push(`${path}: start with "exec": else SIGTERM to pnpm ends pnpm and its shell, and the service runs on`);
  for (const [name, version] of [...Object.entries(dependencies), ...Object.entries(devDependencies)]) {
    const wanted = name.startsWith('@countersign/') ? 'workspace:*' : 'catalog:';
    if (version !== wanted) faults.push(`${path}: ${name} is ${version}; say "${wanted}": each version stands once, in the catalog`);
  }
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (!EXACT.test(version)) faults.push(`${path}: ${name} is ${version}; a version is exact`);
  }
  if (from === null) return faults;
  for (const [dependencyNames, isTest] of [
    [Object.keys(dependencies), false],
    [Object.keys(devDependencies), true],
  ] as const) {
    for (const name of dependencyNames) {
      const to = partNamed(name);
      const reason = to === null ? null : judgeNeighbours(from, to, isTest);
      if (reason !== null) faults.push(`${path} depends on ${name}: ${reason}`);
    }
  }
  return faults;
}
