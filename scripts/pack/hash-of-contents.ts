import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Changes with any change to the files, but not with the time they were written. */
export function hashOfContents(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .toSorted()
    .map((path) => [relative(folder, path), readFileSync(path, 'utf8')]);
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  return `sha256-${hash.slice(0, 12)}`;
}
