import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Texts by their path from the root, with `/`. The checks take these, so that their tests need no files. */
export type SourceFiles = ReadonlyMap<string, string>;

/** Everything except what git ignores, committed or not. */
export function readSourceFiles(): SourceFiles {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(path));
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
}
