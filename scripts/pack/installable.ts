type Versions = Readonly<Record<string, string>>;

export interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly [field: string]: unknown;
}

export interface Installable {
  readonly version: string;
  readonly dependencies: Versions;
  /** Packages inside this one, so that nobody asks a registry for a name that isn't there. */
  readonly bundleDependencies: readonly string[];
  readonly [field: string]: unknown;
}

/** Entry points for auth alone: what signs stays here, and so does the one library that only it needs. */
const KEPT = ['./signing', './parts'];

/** The manifest of a package outside this repository. What an app must share with the package is left to the app. */
export function toInstallable(manifest: Manifest, catalog: ReadonlyMap<string, string>): Installable {
  const { private: _, devDependencies: __, dependencies = {}, exports, ...rest } = manifest;
  const { version, peerDependencies = {} } = rest;
  const names = Object.keys(dependencies).filter((name) => name !== 'fast-jwt' && !Object.hasOwn(peerDependencies, name));
  const entries = Object.entries(exports).filter(([name]) => !KEPT.includes(name));
  return {
    ...rest,
    exports: Object.fromEntries(entries.map(([name, path]) => [name, path.replace(/\.ts$/, '.js')])),
    files: ['src'],
    engines: { node: '>=22' },
    dependencies: Object.fromEntries(names.map((name) => [name, isOwn(name) ? version : rangeOf(name, catalog)])),
    bundleDependencies: names.filter(isOwn),
  };
}

function isOwn(name: string): boolean {
  return name.startsWith('@countersign/');
}

/** A range, not the catalog's one version: a library's next fix reaches the services without a new package. */
function rangeOf(name: string, catalog: ReadonlyMap<string, string>): string {
  const version = catalog.get(name);
  if (version === undefined) throw new Error(`${name} has no version in the catalog of pnpm-workspace.yaml`);
  return `^${version}`;
}
