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
  /** `null` until there is one. */
  separator: string | null;
  readonly cells: string[];
  cell: string;
  /** Where the reader is: before a cell, in a plain one, in a quoted one, or after a quote in that. */
  position: 'start' | 'plain' | 'quoted' | 'quote';
  length: number;
  fault: string | null;
}

const SEPARATORS = ',;\t';
const MAX_CHARACTERS = 64 * 1024;
const MISPLACED = 'a quote is misplaced: a cell that contains a quote must be in quotes itself, with the inner quote doubled';

/**
 * Records of CSV (RFC 4180), from text in pieces. Skips lines without any content. The first separator in the first record is that of
 * them all: Excel writes semicolons where the comma is part of numbers.
 */
export async function* readCsv(pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let line = 1;
  let separator: string | null = null;
  let draft = beginAt(line, separator);
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
        if (!isBlank(draft)) {
          separator = draft.separator;
          yield toRecord(draft);
        }
        draft = beginAt(line, separator);
      } else if (!isTooLong) add(draft, character);
    }
  }
  if (draft.position === 'quoted') yield unreadable(draft, 'a quote is not closed');
  else if (!isBlank(draft)) yield toRecord(draft);
}

function beginAt(line: number, separator: string | null): Draft {
  return { line, separator, cells: [], cell: '', position: 'start', length: 0, fault: null };
}

function add(draft: Draft, character: string): void {
  if (character === '"') addQuote(draft);
  else if (draft.position === 'quoted') draft.cell += character;
  else if (isSeparator(draft, character)) {
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

function isSeparator(draft: Draft, character: string): boolean {
  if (draft.separator === null && SEPARATORS.includes(character)) draft.separator = character;
  return character === draft.separator;
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

/** Spreadsheets end in rows of empty cells. A single cell in quotes is one, even when it is empty. */
function isBlank({ cells, cell, position, fault }: Draft): boolean {
  const isOneQuoted = cells.length === 0 && position === 'quote';
  return fault === null && !isOneQuoted && [...cells, cell].every((text) => text.trim() === '');
}

function toRecord({ line, cells, cell, fault }: Draft): CsvRecord {
  return { line, cells: [...cells, cell], fault };
}

function unreadable({ line }: Draft, why: string): CsvRecord {
  return { line, cells: [], fault: `${why}: nothing was read from here on` };
}
