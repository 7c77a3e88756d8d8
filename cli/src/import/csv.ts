export interface CsvRecord {
  /** Where it begins, counted from 1: a quoted cell may hold line ends. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Why it isn't a record. */
  readonly fault: string | null;
}

/** A record as read so far. */
interface Draft {
  readonly line: number;
  readonly cells: string[];
  cell: string;
  /** Where the reader is: before a cell, in a plain one, in a quoted one, or after a quote in that. */
  position: 'start' | 'plain' | 'quoted' | 'quote';
  length: number;
  fault: string | null;
}

const MAX_CHARACTERS = 64 * 1024;
const MISPLACED = 'a quote is misplaced: a cell that contains a quote must be in quotes itself, with the inner quote doubled';

/** Records of CSV (RFC 4180), from text in pieces. Skips blank lines. */
export async function* readCsv(pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let line = 1;
  let draft = beginAt(line);
  for await (const piece of pieces) {
    for (const character of piece) {
      if (character === '\n') line += 1;
      draft.length += 1;
      const isTooLong = draft.length > MAX_CHARACTERS;
      if (isTooLong) {
        // Within quotes there is no telling where the next record begins.
        if (draft.position === 'quoted') return yield unreadable(draft, 'a quote is not closed');
        if (character === '"') return yield unreadable(draft, 'the line is too long, and has quotes');
        draft.fault = 'the line is too long';
      }
      if (character === '\n' && draft.position !== 'quoted') {
        if (!isBlank(draft)) yield toRecord(draft);
        draft = beginAt(line);
      } else if (!isTooLong) add(draft, character);
    }
  }
  if (draft.position === 'quoted') yield unreadable(draft, 'a quote is not closed');
  else if (!isBlank(draft)) yield toRecord(draft);
}

function beginAt(line: number): Draft {
  return { line, cells: [], cell: '', position: 'start', length: 0, fault: null };
}

function add(draft: Draft, character: string): void {
  if (character === '"') addQuote(draft);
  else if (draft.position === 'quoted') draft.cell += character;
  else if (character === ',') {
    draft.cells.push(draft.cell);
    draft.cell = '';
    draft.position = 'start';
  } else if (character === '\r') return;
  else if (draft.position === 'quote') draft.fault = MISPLACED;
  else {
    draft.cell += character;
    draft.position = 'plain';
  }
}

/** A quote opens a quoted cell and closes it, unless another one follows: the two are one that belongs to the cell. */
function addQuote(draft: Draft): void {
  if (draft.position === 'start') draft.position = 'quoted';
  else if (draft.position === 'quoted') draft.position = 'quote';
  else if (draft.position === 'plain') draft.fault = MISPLACED;
  else {
    draft.cell += '"';
    draft.position = 'quoted';
  }
}

/** A quoted cell is a cell, even when it is empty. */
function isBlank({ cells, cell, position }: Draft): boolean {
  return cells.length === 0 && cell.trim() === '' && position !== 'quote';
}

function toRecord({ line, cells, cell, fault }: Draft): CsvRecord {
  return { line, cells: [...cells, cell], fault };
}

function unreadable({ line }: Draft, why: string): CsvRecord {
  return { line, cells: [], fault: `${why}: nothing was read from here on` };
}
