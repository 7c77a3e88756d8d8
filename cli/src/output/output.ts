import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Io } from '../io.ts';
import { printable, printableJson } from './printable.ts';
import { createTable, layOutFields, type Row } from './table.ts';

/** A command's output: tables and sentences for people; with `--json` one JSON document per line. */
export interface Output {
  readonly json: boolean;
  /** Prints a listing page by page. People see only the named columns; JSON has all. @returns the number of rows */
  rows(columns: readonly string[], pages: AsyncIterable<readonly Row[]>): Promise<number>;
  item(item: Row): Promise<void>;
  /** Says what was done: `sentence` for people, `document` for programs. */
  done(sentence: string, document: Row): Promise<void>;
  /** Adds a remark on standard error, for people and programs alike. */
  note(sentence: string): void;
}

export function createOutput({ stdout, stderr, signal }: Io, { json }: { readonly json: boolean }): Output {
  const print = (lines: readonly string[]) => write(stdout, lines, signal);
  return {
    json,
    async rows(columns, pages) {
      const table = createTable(columns);
      let count = 0;
      for await (const page of pages) {
        const lines = json ? page.map(printableJson) : table.lines(page);
        if (count === 0 && !json && page.length > 0) lines.unshift(styleText('bold', table.heading(), { stream: stdout }));
        count += page.length;
        await print(lines);
      }
      if (count === 0 && !json) stderr.write('None.\n');
      return count;
    },
    item: (item) => print(json ? [printableJson(item)] : layOutFields(item)),
    done: (sentence, document) => print([json ? printableJson(document) : printable(sentence)]),
    note: (sentence) => void stderr.write(`${printable(sentence)}\n`),
  };
}

/** Waits for a slow reader. */
async function write(stream: Writable, lines: readonly string[], signal: AbortSignal): Promise<void> {
  if (lines.length > 0 && !stream.write(`${lines.join('\n')}\n`)) await once(stream, 'drain', { signal });
}
