import { Refusal } from '../failures.ts';
import type { Io } from '../io.ts';
import { askHidden, isTerminal } from './prompt.ts';
import { readText } from './read-text.ts';

const MAX_BYTES = 4096;

/** A password to set: from a file, or typed twice. Never an argument, which every process on the machine can read. */
export async function readNewPassword(io: Io, file: string | undefined): Promise<string> {
  // Editors end a file with a newline, which isn't part of the password.
  if (file !== undefined) return (await readText(io, file, MAX_BYTES)).replace(/\r?\n$/, '');
  if (!isTerminal(io))
    throw new Refusal('There is no terminal to ask for the password at: use --password-file FILE, or - for standard input.');
  const password = await askHidden(io, 'New password: ');
  if ((await askHidden(io, 'New password again: ')) !== password) throw new Refusal('The two passwords differ: nothing was changed.');
  return password;
}
