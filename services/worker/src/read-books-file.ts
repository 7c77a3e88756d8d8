import { readFileSync } from 'node:fs';
import { StartError } from '@countersign/problems';
import { VISIBLE_TEXT } from '@countersign/service/process';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { BookToAdd } from './domain/import-books.ts';

const Books = Type.Array(Type.Object({ title: Type.String(), author: Type.String() }));

/** What the books service accepts, in characters. */
const MOST_CHARACTERS = { title: 100, author: 50 } as const;
const VISIBLE = new RegExp(VISIBLE_TEXT, 'u');

/** @throws StartError when there is no such file, it isn't a list of books, or the books service would refuse some of them */
export function readBooksFile(path: string): readonly BookToAdd[] {
  const books = parse(path, readText(path));
  if (!Value.Check(Books, books)) throw new StartError(`BOOKS_FILE ${path} is not a JSON array of {title, author}.`);
  const faults = books.flatMap((book, index) => faultsOf(book, index + 1));
  if (faults.length > 0) throw new StartError(`BOOKS_FILE ${path} has books that the books service would refuse:${faults.join('')}`);
  return books.map(({ title, author }) => ({ title, author }));
}

function faultsOf(book: BookToAdd, number: number): string[] {
  return (['title', 'author'] as const)
    .filter((name) => !VISIBLE.test(book[name]) || [...book[name]].length > MOST_CHARACTERS[name])
    .map((name) => `\n  ${name} of book ${number}: must be visible text of 1 to ${MOST_CHARACTERS[name]} characters`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new StartError(`BOOKS_FILE ${path} cannot be read.`, { cause });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StartError(`BOOKS_FILE ${path} is not JSON.`, { cause });
  }
}
