/** The layer of each part: an import goes from a higher number to a lower one. */
const LAYERS: Readonly<Record<string, number>> = {
  'packages/tokens': 1,
  'packages/problems': 1,
  'packages/verifier': 2,
  'packages/service': 2,
  'packages/client': 2,
  'packages/testing': 2,
  'services/auth': 3,
  'services/books': 3,
  'services/worker': 3,
  cli: 3,
  local: 4,
  bench: 4,
  test: 4,
  scripts: 5,
};

/** The same for the subjects of auth's domain. What they share stands beside them, below all. */
const SUBJECTS: Readonly<Record<string, number>> = { keys: 1, revocation: 1, clients: 2, sessions: 2, people: 3, oauth: 3 };

const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.keys(LAYERS).map((part) => [`@countersign/${part.split('/').at(-1)}`, part] as const),
  ['@countersign/acceptance', 'test'],
]);

/** `packages/tokens` for any file in it; `null` for files at the root and folders without code. */
export function partOf(path: string): string | null {
  const [, part = null] = /^((?:packages|services)\/[^/]+|cli|local|bench|test|scripts)\//.exec(path) ?? [];
  return part;
}

export function partNamed(specifier: string): string | null {
  return NAMES.get(specifier.split('/').slice(0, 2).join('/')) ?? null;
}

export function judgeNeighbours(from: string, to: string, isTest: boolean): string | null {
  if (from === to) return null;
  if (to === 'packages/testing') {
    return isTest || from === 'bench' || from === 'test' || from === 'scripts' ? null : 'only tests and the bench import packages/testing';
  }
  if (from === 'test') return 'acceptance tests speak HTTP to real processes, and import packages/testing only';
  const [upper, lower] = [LAYERS[from], LAYERS[to]];
  if (upper === undefined) return `${from} has no layer: give it one in scripts/checks/layers.ts`;
  if (lower === undefined) return `${to} has no layer: give it one in scripts/checks/layers.ts`;
  if (upper > lower) return null;
  if (upper === 3 && lower === 3) return 'services share only the wire protocol, Redis and packages/';
  return `an import goes downward: ${from} is on layer ${upper}, ${to} on layer ${lower}`;
}

/** The same for two files of auth's domain, whose folders are its subjects. */
export function judgeSubjects(from: string | null, to: string | null): string | null {
  if (to === null || from === to) return null;
  if (from === null) return 'what the subjects of the domain share knows none of them';
  const [upper, lower] = [SUBJECTS[from], SUBJECTS[to]];
  if (upper === undefined || lower === undefined) return 'a subject of the domain has its place in scripts/checks/layers.ts';
  return upper > lower ? null : `subjects of the domain don't refer to each other in circles: ${from} doesn't know ${to}`;
}
