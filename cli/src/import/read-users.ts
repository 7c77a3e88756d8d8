import { Refusal, UsageError } from '../failures.ts';
import { readCsv } from './csv.ts';
import { readLines } from './lines.ts';

export interface UserToSend {
  readonly line: number;
  readonly json: string;
}

export type RefusedLine = { readonly line: number; readonly reason: string };

export type UserLine = UserToSend | RefusedLine;

export type Format = 'csv' | 'jsonl';

const COLUMNS: readonly string[] = ['username', 'password_hash', 'roles'];
const HEADER = 'The first line must name the columns: username, password_hash and optionally roles.';

/** The format by the option, else by the file's name; `null`: the first character decides. */
export function parseFormat(file: string, option: string | undefined): Format | null {
  if (option === 'csv' || option === 'jsonl') return option;
  if (option !== undefined) throw new UsageError(`--format must be csv or jsonl, not ${JSON.stringify(option)}.`);
  if (/\.csv$/i.test(file)) return 'csv';
  return /\.(jsonl|ndjson)$/i.test(file) ? 'jsonl' : null;
}

/** Users as auth accepts them, and the lines that can't be users. Auth judges whether they are valid. */
export async function* readUsers(bytes: AsyncIterable<Buffer>, given: Format | null): AsyncGenerator<UserLine> {
  const text = decode(bytes);
  const first = await readBeginning(text);
  const start = first.trimStart();
  const format = given ?? (start.startsWith('{') ? 'jsonl' : 'csv');
  if (start.startsWith('['))
    throw new Refusal('This is a JSON array. JSON Lines has one object per line, without brackets and commas around it.');
  const whole = startingWith(first, text);
  if (format === 'csv') yield* readCsvUsers(whole);
  else yield* readJsonUsers(whole);
}

async function* readJsonUsers(text: AsyncIterable<string>): AsyncGenerator<UserLine> {
  for await (const { line, text: json } of readLines(text)) {
    if (json === null) yield { line, reason: 'the line is too long' };
    else if (json.trim() !== '') yield { line, json };
  }
}

async function* readCsvUsers(text: AsyncIterable<string>): AsyncGenerator<UserLine> {
  let columns: readonly string[] | null = null;
  for await (const { line, cells, fault } of readCsv(text)) {
    if (columns === null) columns = parseHeader(cells);
    else yield fault === null ? toUser(line, columns, cells) : { line, reason: fault };
  }
  if (columns === null) throw new Refusal(`The file is empty. ${HEADER}`);
}

function parseHeader(cells: readonly string[]): readonly string[] {
  const columns = cells.map((cell) => cell.trim().toLowerCase());
  const unknown = columns.find((column) => !COLUMNS.includes(column));
  if (unknown !== undefined) throw new Refusal(`${HEADER} The column ${JSON.stringify(unknown.slice(0, 100))} is unknown.`);
  if (new Set(columns).size < columns.length) throw new Refusal(`${HEADER} A column is named twice.`);
  if (!columns.includes('username') || !columns.includes('password_hash')) throw new Refusal(HEADER);
  return columns;
}

function toUser(line: number, columns: readonly string[], cells: readonly string[]): UserLine {
  if (cells.length !== columns.length) return { line, reason: `the line has ${cells.length} cells, the header ${columns.length}` };
  const { roles = '', ...user } = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  const names = roles.split(/[\s;,|]+/).filter((name) => name !== '');
  return { line, json: JSON.stringify({ ...user, ...(names.length === 0 ? {} : { roles: names }) }) };
}

/** Decodes UTF-8, without a byte order mark. */
async function* decode(bytes: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let beginning = '';
  for await (const chunk of bytes) {
    if (beginning.length < 4) beginning += chunk.toString('hex', 0, 2);
    if (/^(fffe|feff)/.test(beginning)) throw new Refusal('The text is UTF-16. Save it as UTF-8, in Excel as "CSV UTF-8".');
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}

/** Up to the first piece that isn't blank: a pipe may begin with an empty line, or with the first byte of a mark. */
async function readBeginning(text: AsyncIterator<string>): Promise<string> {
  let beginning = '';
  for (let next = await text.next(); !next.done; next = await text.next()) {
    beginning += next.value;
    if (next.value.trim() !== '') break;
  }
  return beginning;
}

async function* startingWith(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}
