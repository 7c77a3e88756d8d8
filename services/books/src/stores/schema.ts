import { sql } from 'drizzle-orm';
import { bigint, customType, index, pgTable, timestamp } from 'drizzle-orm/pg-core';

/** Text in byte order, in every database: a page's cursor and the index must agree on what comes next. */
const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' }).notNull().default(sql`now()`);

export const books = pgTable(
  'books',
  {
    /** Never beyond what a JSON number represents exactly. */
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity({ maxValue: Number.MAX_SAFE_INTEGER }),
    title: text('title').notNull(),
    author: text('author').notNull(),
    /** Title and author folded for comparison with `q` (domain/fold-case.ts). */
    foldedTitle: text('folded_title').notNull(),
    foldedAuthor: text('folded_author').notNull(),
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
  },
  (table) => [
    // One index per order, with and without the `author` filter, so that every page is read from its start.
    index('books_title').on(table.title, table.id),
    index('books_author').on(table.author, table.id),
    index('books_author_title').on(table.author, table.title, table.id),
    index('books_search').using('gin', table.foldedTitle.op('gin_trgm_ops'), table.foldedAuthor.op('gin_trgm_ops')),
  ],
);
