export interface CsvRecord {
  /** Where it begins, counted from 1: a quoted cell may hold line ends. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Why it isn't a record. */
  readonly fault: string | null;
}

const MAX_CHARACTERS = 64 * 1024;

/** The reader's position: before a cell, in a plain one, in a quoted one, or after a quote in that. */
type State = 'start' | 'plain' | 'quoted' | 'quote';

/** Records of CSV (RFC 4180) from text that comes in pieces. Blank lines are skipped. */
export async function* readCsv(pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let state: State = 'start';
  let cells: string[] = [];
  let cell = '';
  let length = 0;
  let line = 1;
  let began = 1;
  let fault: string | null = null;

  const endCell = () => {
    cells.push(cell);
    [cell, state] = ['', 'start'];
  };
  const endRecord = (): CsvRecord | null => {
    const isBlank = cells.length === 0 && cell.trim() === '' && state !== 'quote';
    endCell();
    const record = isBlank ? null : { line: began, cells, fault };
    [cells, length, fault] = [[], 0, null];
    return record;
  };

  for await (const piece of pieces) {
    for (const character of piece) {
      if (character === '\n') line += 1;
      length += 1;
      if (length > MAX_CHARACTERS) {
        // Among quotes there is no telling where the next record begins.
        if (state === 'quoted') return yield unreadable(began, 'a quote is not closed');
        if (character === '"') return yield unreadable(began, 'the line is too long, and has quotes');
        fault = 'the line is too long';
        if (character !== '\n') continue;
      }
      if (state === 'quoted') {
        if (character === '"') state = 'quote';
        else cell += character;
      } else if (character === '\n') {
        const record = endRecord();
        began = line;
        if (record !== null) yield record;
      } else if (character === ',') endCell();
      else if (character === '\r') continue;
      else if (character === '"' && state === 'quote') [cell, state] = [`${cell}"`, 'quoted'];
      else if (character === '"' && state === 'start') state = 'quoted';
      else if (character === '"' || state === 'quote')
        fault = 'a quote is misplaced: a cell that contains one must be quoted, and the quote doubled';
      else [cell, state] = [cell + character, 'plain'];
    }
  }
  if (state === 'quoted') return yield unreadable(began, 'a quote is not closed');
  const last = endRecord();
  if (last !== null) yield last;
}

function unreadable(line: number, why: string): CsvRecord {
  return { line, cells: [], fault: `${why}: nothing was read from here on` };
}
