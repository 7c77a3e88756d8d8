import type { BookToAdd } from './import-books.ts';

/** Something to read from the start; all in the public domain. */
export const STARTER_BOOKS: readonly BookToAdd[] = [
  { title: 'Pride and Prejudice', author: 'Jane Austen' },
  { title: 'Emma', author: 'Jane Austen' },
  { title: 'Frankenstein', author: 'Mary Shelley' },
  { title: 'Moby-Dick', author: 'Herman Melville' },
  { title: 'Middlemarch', author: 'George Eliot' },
  { title: 'The Time Machine', author: 'H. G. Wells' },
  { title: 'The War of the Worlds', author: 'H. G. Wells' },
  { title: 'Die Verwandlung', author: 'Franz Kafka' },
  { title: 'Les Misérables', author: 'Victor Hugo' },
  { title: 'Дубровский', author: 'Александр Пушкин' },
  { title: 'The Souls of Black Folk', author: 'W. E. B. Du Bois' },
  { title: 'The Yellow Wallpaper', author: 'Charlotte Perkins Gilman' },
];
