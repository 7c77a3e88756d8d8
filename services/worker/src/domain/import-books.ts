export interface BookToAdd {
  readonly title: string;
  readonly author: string;
}

/** Where the books go. */
export interface Library {
  titlesBy(author: string): Promise<ReadonlySet<string>>;
  add(book: BookToAdd): Promise<void>;
}

/**
 * Adds the books that aren't there yet, identified by title and author, so that it can run again at any time and after
 * any failure.
 *
 * @returns how many it added
 */
export async function importBooks(library: Library, books: readonly BookToAdd[]): Promise<number> {
  let added = 0;
  for (const [author, ofAuthor] of Map.groupBy(books, (book) => book.author)) {
    const there = await library.titlesBy(author);
    const missing = new Set(ofAuthor.map((book) => book.title).filter((title) => !there.has(title)));
    for (const title of missing) await library.add({ title, author });
    added += missing.size;
  }
  return added;
}
