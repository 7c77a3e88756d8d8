import { readFileSync } from 'node:fs';
import { StartError } from '@countersign/problems';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { BookToAdd } from './domain/import-books.ts';

const Books = Type.Array(Type.Object({ title: Type.String({ minLength: 1 }), author: Type.String({ minLength: 1 }) }));

/** @throws StartError when there is no such file, or it isn't a list of books */
export function readBooksFile(path: string): readonly BookToAdd[] {
  const books = parse(path, readText(path));
  if (!Value.Check(Books, books)) throw new StartError(`BOOKS_FILE ${path} is not a JSON array of {title, author}.`);
  return books.map(({ title, author }) => ({ title, author }));
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
