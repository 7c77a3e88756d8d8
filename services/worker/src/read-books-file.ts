import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { BookToAdd } from './domain/import-books.ts';

const Books = Type.Array(Type.Object({ title: Type.String({ minLength: 1 }), author: Type.String({ minLength: 1 }) }));

/** @throws Error with a readable message when there is no such file, or it isn't a list of books */
export function readBooksFile(path: string): readonly BookToAdd[] {
  const books = parse(readText(path));
  if (!Value.Check(Books, books)) throw new Error(`BOOKS_FILE ${path} is not a JSON array of {title, author}`);
  return books.map(({ title, author }) => ({ title, author }));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`BOOKS_FILE ${path} cannot be read`, { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
