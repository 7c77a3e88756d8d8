/** The part that clients write. */
export interface BookContent {
  readonly title: string;
  readonly author: string;
}

export interface Book extends BookContent {
  readonly id: number;
  /** Increases with every change; the book's ETag. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The versions of a book that a change may replace: these, or all but some; `null`: whichever it finds. */
export type ExpectedVersions = readonly number[] | { readonly not: readonly number[] } | null;

/** Which books to list, and in which order. Books that are equal in `sort` are ordered by `id`. */
export interface Listing {
  readonly sort: 'id' | 'title' | 'author';
  readonly descending: boolean;
  /** Part of the title or the author, ignoring case; the empty text matches all. */
  readonly q: string;
  /** The full author, exactly; `null`: any. */
  readonly author: string | null;
}

/** A place in a listing: that of the last book shown, whether it still exists or not. */
export interface Position {
  readonly id: number;
  /** What the listing sorts by; `null` where that is the id alone. */
  readonly value: string | null;
}

/** The port to where books are stored. Each change is one atomic step. */
export interface Books {
  add(content: BookContent): Promise<Book>;
  find(id: number): Promise<Book | null>;
  /** The first `limit` books of the listing that come after the position. */
  findAfter(listing: Listing, position: Position | null, limit: number): Promise<Book[]>;
  /** @returns `null` when there is no such book in an expected version; then nothing has changed */
  change(id: number, changes: Partial<BookContent>, expected: ExpectedVersions): Promise<Book | null>;
  /** @returns `false` when there is no such book in an expected version; then nothing has changed */
  remove(id: number, expected: ExpectedVersions): Promise<boolean>;
}
