import { chownSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Our folder in the system's temporary one, for what is worth keeping between test files. */
export function cacheFolder(): string {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `countersign-testing-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // The name can be guessed, and everyone can write to the temporary folder.
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${folder} belongs to another user`);
  return folder;
}

export function newFolder(prefix: string, user?: { readonly uid: number; readonly gid: number }): string {
  const folder = mkdtempSync(join(cacheFolder(), `${prefix}-`));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}
