export interface BookToAdd {
  readonly title: string;
  readonly author: string;
}

export interface RefusedBook extends BookToAdd {
  readonly reason: string;
}

export interface Library {
  titlesBy(author: string): Promise<ReadonlySet<string>>;
  /** @returns why it can't take the book, now or later; `null` on success */
  add(book: BookToAdd): Promise<string | null>;
}

export interface Imported {
  readonly added: number;
  readonly refused: readonly RefusedBook[];
}

/** Adds the missing books, by title and author, so that it can be repeated after any failure. A refused book doesn't stop the others. */
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
