import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted, Refusal } from '../failures.ts';
import type { Io } from '../io.ts';
import { printable } from '../output/printable.ts';

const ANSWER_WITHIN_MS = 5 * 60_000;

export function isTerminal({ stdin }: Io): boolean {
  return stdin.isTTY === true;
}

/** Asks for a line. The question goes to standard error, so that standard output holds only the command's result. */
export function ask(io: Io, question: string): Promise<string> {
  return readLine(io, question, io.stderr);
}

/** The same without echo. */
export async function askHidden(io: Io, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await readLine(io, question, nowhere);
  } finally {
    // The typed newline wasn't shown either.
    io.stderr.write('\n');
  }
}

async function readLine({ stdin, stderr, signal }: Io, question: string, echo: Writable): Promise<string> {
  const stopped = new AbortController();
  const ahead: string[] = [];
  // This puts the terminal in raw mode: from here on Ctrl-C and Ctrl-D arrive as keys, and only `echo` gets what is typed.
  const lines = createInterface({ input: stdin, output: echo, terminal: true, historySize: 0 });
  lines.once('SIGINT', () => stopped.abort('SIGINT')).once('close', () => stopped.abort());
  lines.on('line', (line) => ahead.push(`${line}\n`));
  try {
    const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
    if (echo !== stderr) stderr.write(printable(question));
    return await lines.question(printable(question), { signal: AbortSignal.any([signal, stopped.signal, limit]) });
  } catch (cause) {
    const Kind = stopped.signal.reason === 'SIGINT' ? Interrupted : Refusal;
    throw new Kind('There was no answer: nothing was changed.', { cause });
  } finally {
    lines.close();
    // What was typed ahead is for the next question. An input that has ended can't be read again, and `unshift` would fail.
    if (!stdin.readableEnded) stdin.unshift(ahead.join('') + lines.line);
  }
}
