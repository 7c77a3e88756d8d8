export interface TapReport {
  readonly pass: number;
  readonly fail: number;
  readonly skip: number;
  /** Titles, each preceded by those of the enclosing tests. */
  readonly failed: readonly string[];
  /** Skipped tests and todos. */
  readonly skipped: readonly string[];
  /** Files that assert nothing: tap passes them, and they prove nothing. */
  readonly withoutAssertions: readonly string[];
}

/** Reads `tap --output-file`: TAP 14, in which the results within a test are indented by four more spaces. */
export function readTapReport(text: string): TapReport {
  const failed: string[] = [];
  const skipped: string[] = [];
  const withoutAssertions: string[] = [];
  const path: string[] = [];
  const counts = { pass: 0, fail: 0, skip: 0 };

  let assertions = 0;

  for (const line of text.split('\n')) {
    const depth = (line.length - line.trimStart().length) / 4;
    const content = line.trim();
    const [, subtest] = /^# Subtest: (.*)$/.exec(content) ?? [];
    if (subtest !== undefined) path.splice(depth, path.length, subtest);

    const [, not, title = '', directive] = /^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO|time=).*)?$/.exec(content) ?? [];
    if (title !== '') {
      const name = [...path.slice(0, depth), title].join(' > ');
      const endsSubtest = path[depth] === title;
      path.splice(depth);
      if (!endsSubtest) assertions++;
      if (depth === 0) {
        if (endsSubtest && assertions === 0 && not === undefined) withoutAssertions.push(title);
        assertions = 0;
      }
      if (directive === 'SKIP' || directive === 'TODO') {
        if (!line.endsWith('# SKIP no tests found')) skipped.push(name);
      } else if (not !== undefined && !isParent(failed, name)) failed.push(name);
    }

    // The last such line counts the whole run. A subtest's summary is never at the left margin.
    const [, summary] = /^# \{ (.*) \}$/.exec(line) ?? [];
    if (summary !== undefined) Object.assign(counts, readCounts(summary));
  }
  return { ...counts, failed, skipped, withoutAssertions };
}

/** Whether a test fails only because of one inside it, which is already listed. */
function isParent(failed: readonly string[], name: string): boolean {
  return failed.some((other) => other.startsWith(`${name} > `));
}

/** `total: 14, pass: 7, fail: 3, todo: 1, skip: 3` */
function readCounts(summary: string): { pass: number; fail: number; skip: number } {
  const counts = new Map(summary.split(', ').map((part) => part.split(': ') as [string, string]));
  const count = (name: string) => Number(counts.get(name) ?? 0);
  return { pass: count('pass'), fail: count('fail'), skip: count('skip') + count('todo') };
}
