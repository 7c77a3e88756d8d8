import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Maps a path from the root, with `/`, to the file's text: the input of the checks, so that their tests need no files. */
export type SourceFiles = ReadonlyMap<string, string>;

/** Everything committed or not yet committed, but nothing that git ignores. */
export function readSourceFiles(): SourceFiles {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const paths = listed.split('\n').filter((path) => path !== '' && existsSync(path));
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
}
