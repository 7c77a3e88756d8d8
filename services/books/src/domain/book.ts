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

/** The versions of a book that a change may replace: these, or all but these; `null`: any. */
export type ExpectedVersions = readonly number[] | { readonly not: readonly number[] } | null;

/** Which books to list, and in which order. Books that are equal in `sort` are ordered by `id`. */
export interface Listing {
  readonly sort: 'id' | 'title' | 'author';
  readonly descending: boolean;
  /** Part of the title or the author, ignoring case; the empty text matches everything. */
  readonly q: string;
  /** The full author, exactly; `null`: any. */
  readonly author: string | null;
}

/** A position in a listing: that of the last book shown, which needn't exist any more. */
export interface Position {
  readonly id: number;
  /** What the listing sorts by; `null` if that is only the id. */
  readonly value: string | null;
}

/** Where books are stored. Each change is one atomic step. */
export interface Books {
  add(content: BookContent): Promise<Book>;
  find(id: number): Promise<Book | null>;
  findAfter(listing: Listing, position: Position | null, limit: number): Promise<Book[]>;
  /** @returns `null` when there is no such book in an expected version; then nothing has changed */
  change(id: number, changes: Partial<BookContent>, expected: ExpectedVersions): Promise<Book | null>;
  /** @returns `false` when there is no such book in an expected version; then nothing has changed */
  remove(id: number, expected: ExpectedVersions): Promise<boolean>;
}
