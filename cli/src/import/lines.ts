export interface Line {
  readonly line: number;
  /** Without its line end; `null` when it is too long for a user. */
  readonly text: string | null;
}

const MAX_CHARACTERS = 64 * 1024;

/** The lines of a text in pieces. Keeps only a bounded part of any line. */
export async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<Line> {
  let line = 1;
  let rest = '';
  for await (const piece of pieces) {
    const parts = (rest + piece).split('\n');
    rest = (parts.pop() ?? '').slice(0, MAX_CHARACTERS + 1);
    for (const text of parts) yield { line: line++, text: bounded(text) };
  }
  if (rest !== '') yield { line, text: bounded(rest) };
}

function bounded(text: string): string | null {
  return text.length > MAX_CHARACTERS ? null : text;
}
