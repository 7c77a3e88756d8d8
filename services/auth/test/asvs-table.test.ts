import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import t from 'tap';

interface Requirement {
  readonly id: string;
  readonly level: 1 | 2 | 3;
  /** How it can be shown, e.g. `HTTP test`, `document`, `option or deployment`. */
  readonly shownBy: string;
}

interface Row {
  readonly id: string;
  readonly level: number;
  readonly shown: string;
  /** Test files that it names. */
  readonly tests: readonly string[];
  /** Sections of documents that it names. */
  readonly sections: readonly string[];
}

const ROOT = new URL('../../../', import.meta.url).pathname;
const FOLDER = 'docs/security';
const read = (path: string) => readFileSync(ROOT + path, 'utf8');

const requirements = JSON.parse(read(`${FOLDER}/asvs.json`)) as Requirement[];
const table = new Map(readTable().map((row) => [row.id, row]));
const titled = findTitledTests();

/** Only these may be shown by nothing but a reason. */
const MAY_BE_UNMET = ['option or deployment', 'declare why not'];

t.test('every requirement is in the table once, with its level, and the table has no other', (t) => {
  const inTable = readTable().map(({ id, level }) => `${id} L${level}`);
  t.strictSame(
    inTable,
    requirements.map(({ id, level }) => `${id} L${level}`),
  );
  t.end();
});

t.test('each is shown by a test or a document; without one only where that is allowed, and with a reason', (t) => {
  for (const { id, level, shownBy } of requirements) {
    const row = table.get(id);
    const isShown = row !== undefined && (row.tests.length > 0 || row.sections.length > 0);
    if (shownBy === 'document') t.ok(row?.sections.length, `${id} asks for a document`);
    if (!isShown)
      t.ok((MAY_BE_UNMET.includes(shownBy) || level === 3) && (row?.shown ?? '').length >= 20, `${id} is shown, or says why not`);
  }
  t.end();
});

t.test('the tests that a row names have its id in a title, and each title’s rows name its file', (t) => {
  for (const { id } of requirements) t.strictSame([...(table.get(id)?.tests ?? [])].toSorted(), titled.get(id) ?? [], id);
  const known = new Set(requirements.map(({ id }) => id));
  t.strictSame(
    [...titled.keys()].filter((id) => !known.has(id)),
    [],
    'ids that are no requirement of the list',
  );
  t.end();
});

t.test('every section that a page of this folder or SECURITY.md links to exists', (t) => {
  for (const page of globSync(['SECURITY.md', `${FOLDER}/*.md`], { cwd: ROOT })) {
    for (const [, link = ''] of read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : posix.join(posix.dirname(page), path);
      if (target.endsWith('.md')) t.ok(anchor === undefined ? read(target) : anchorsOf(target).has(anchor), `${page}: ${link}`);
      else t.ok(read(target), `${page}: ${link}`);
    }
  }
  t.end();
});

function readTable(): Row[] {
  return [...read(`${FOLDER}/asvs.md`).matchAll(/^\| (\d+\.\d+\.\d+) \| (\d) \| (.*?) \| (.*?) \|$/gm)].map(
    ([, id = '', level, , shown = '']) => ({
      id,
      level: Number(level),
      shown,
      tests: [...shown.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path = '']) => path),
      sections: [...shown.matchAll(/\]\(([^)]+#[^)]+)\)/g)].map(([, section = '']) => section),
    }),
  );
}

/** The test files that have an id in a title, `ASVS 9.1.2, 9.1.3: …`, by id. */
function findTitledTests(): Map<string, string[]> {
  const files = globSync(['{packages,services}/*/test/**/*.test.ts', '{cli,local,scripts}/test/**/*.test.ts', 'test/*.test.ts'], {
    cwd: ROOT,
  });
  const byId = new Map<string, Set<string>>();
  for (const file of files.toSorted()) {
    for (const [, ids = ''] of read(file).matchAll(/test\(\s*['"`]ASVS ((?:\d+\.\d+\.\d+(?:, )?)+): /g))
      for (const id of ids.split(', ')) byId.set(id, (byId.get(id) ?? new Set()).add(file));
  }
  return new Map([...byId].map(([id, paths]) => [id, [...paths]]));
}

/** As GitHub makes them of headings. */
function anchorsOf(path: string): Set<string> {
  return new Set(
    [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
