import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Path from the root, with `/`, to text: what the checks judge, so that their tests need no files. */
export type SourceFiles = ReadonlyMap<string, string>;

/** What is committed and what isn't yet, but not what git ignores. */
export function readSourceFiles(): SourceFiles {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(path));
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
}
