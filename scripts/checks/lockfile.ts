import type { SourceFiles } from './source-files.ts';

interface Manifest {
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly optionalDependencies?: object;
}

/** Finds a lockfile made from other manifests: a fresh clone would refuse to install. */
export function checkLockfile(files: SourceFiles): string[] {
  const locked = readImporters(files.get('pnpm-lock.yaml') ?? '');
  const manifests = [...files].filter(([path]) => /(^|\/)package\.json$/.test(path));
  return manifests.flatMap(([path, text]) => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text) as Manifest;
    const wanted = new Set(Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }));
    const present = locked.get(path.replace(/\/?package\.json$/, '') || '.') ?? new Set();
    const difference = [...wanted.symmetricDifference(present)];
    return difference.length === 0 ? [] : [`pnpm-lock.yaml differs from ${path} in ${difference.join(', ')}: run pnpm install`];
  });
}

/** The dependency names of each workspace package in the lockfile's section `importers`. */
function readImporters(lockfile: string): Map<string, Set<string>> {
  const [, importers = ''] = /^importers:\n((?:(?: .*)?\n)*)/m.exec(lockfile) ?? [];
  const sections = importers.split(/^ {2}(?=\S)/m).slice(1);
  return new Map(
    sections.map((section) => {
      const [path = ''] = section.split(':', 1);
      return [path, new Set([...section.matchAll(/^ {6}'?([^':\s]+)'?:$/gm)].map(([, name = '']) => name))];
    }),
  );
}
