export interface BookToAdd {
  readonly title: string;
  readonly author: string;
}

export interface RefusedBook extends BookToAdd {
  readonly reason: string;
}

/** Where the books go. */
export interface Library {
  titlesBy(author: string): Promise<ReadonlySet<string>>;
  /** @returns why it can't take the book, now or later; `null` when it has */
  add(book: BookToAdd): Promise<string | null>;
}

export interface Imported {
  readonly added: number;
  readonly refused: readonly RefusedBook[];
}

/**
 * Adds the books that aren't there yet, identified by title and author, so that it can run again at any time and after
 * any failure. One that is refused stops no other.
 */
export async function importBooks(library: Library, books: readonly BookToAdd[]): Promise<Imported> {
  let added = 0;
  const refused: RefusedBook[] = [];
  for (const [author, ofAuthor] of Map.groupBy(books, (book) => book.author)) {
    const there = await library.titlesBy(author);
    const missing = new Set(ofAuthor.map((book) => book.title).filter((title) => !there.has(title)));
    for (const title of missing) {
      const reason = await library.add({ title, author });
      if (reason === null) added += 1;
      else refused.push({ title, author, reason });
    }
  }
  return { added, refused };
}
