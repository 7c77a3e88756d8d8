import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { StartError } from '@countersign/problems';
import { START_OVER } from './start-over.ts';

/** Writes under another name and renames, mode 600: a reader sees a complete file or none, and other users can't read it. */
export async function writePrivateJson(path: string, value: unknown): Promise<void> {
  const unfinished = `${path}.${randomUUID().slice(0, 8)}`;
  await writeFile(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(unfinished, path);
}

/** `null` when there is no such file. @throws StartError when it can't be read */
export async function readPrivateJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    // The error of JSON.parse quotes the text.
    throw new StartError(`${path} can't be read. ${START_OVER}`, error instanceof SyntaxError ? {} : { cause: error });
  }
}
