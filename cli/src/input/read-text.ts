import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { Refusal } from '../failures.ts';
import type { Io } from '../io.ts';

const STDIN_WITHIN_MS = 60_000;

/** Opens a file, or standard input for `-`, until the command is to stop. */
export function openInput({ stdin, signal }: Io, path: string): Readable {
  return addAbortSignal(signal, path === '-' ? stdin : createReadStream(path));
}

/** Reads a short file as text; `-` is standard input. @throws Refusal when it can't be read or isn't short */
export async function readText(io: Io, path: string, maxBytes: number): Promise<string> {
  const input = openInput(io, path);
  const limit = AbortSignal.timeout(STDIN_WITHIN_MS);
  limit.addEventListener('abort', () => input.destroy(new Error(`it did not end within ${STDIN_WITHIN_MS / 1000} s`)));
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readOrRefuse(path, input)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refusal(`${nameOf(path)} is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Passes on the bytes of `input`, and reports a failure to read in words. */
export async function* readOrRefuse(path: string, input: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of input) yield chunk as Buffer;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Refusal(`${nameOf(path)} can't be read: ${code ?? message}.`, { cause });
  }
}

function nameOf(path: string): string {
  return path === '-' ? 'Standard input' : path;
}
