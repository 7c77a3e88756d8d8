import { type Database, shareOfConnections } from '@countersign/service';
import { and, asc, desc, eq, gte, inArray, like, lte, notInArray, or, type SQL, type SQLChunk, sql } from 'drizzle-orm';
import type { Book, BookContent, Books, ExpectedVersions, Listing, Position } from '../domain/book.ts';
import { foldCase } from '../domain/fold-case.ts';
import { books } from './schema.ts';

/** Half of the connection pool: where no index helps, a search reads every book. */
const SEARCHES = { max: 5, maxWaiting: 1000, waitMs: 1000 };

/** Books in Postgres. Each method is one statement, with its condition in it. */
export function createPostgresBooks(db: Database): Books {
  const inTurn = shareOfConnections(SEARCHES);
  return {
    async add(content) {
      const values = { ...content, foldedTitle: foldCase(content.title), foldedAuthor: foldCase(content.author) };
      const [row] = await db.insert(books).values(values).returning(columns);
      if (row === undefined) throw new Error('an INSERT returned no row');
      return row;
    },

    async find(id) {
      const [row] = await db.select(columns).from(books).where(eq(books.id, id));
      return row ?? null;
    },

    async findAfter(listing, position, limit) {
      const find = async () => selectPage(db, listing, position, limit);
      return listing.q === '' ? await find() : await inTurn(find);
    },

    async change(id, changes, expected) {
      const [row] = await db
        .update(books)
        .set({ ...changes, ...folded(changes), version: sql`${books.version} + 1`, updatedAt: sql`now()` })
        .where(isVersion(id, expected))
        .returning(columns);
      return row ?? null;
    },

    async remove(id, expected) {
      const rows = await db.delete(books).where(isVersion(id, expected)).returning({ id: books.id });
      return rows.length > 0;
    },
  };
}

/** Exported so that a test can look at the plan. */
export function selectPage(db: Database, listing: Listing, position: Position | null, limit: number) {
  const order = listing.descending ? desc : asc;
  return db
    .select(columns)
    .from(books)
    .where(and(isFound(listing), isOfAuthor(listing), position === null ? undefined : comesAfter(listing, position)))
    .orderBy(...sortKeys(listing).map((key) => order(key)))
    .limit(limit);
}

const columns = {
  id: books.id,
  title: books.title,
  author: books.author,
  version: books.version,
  createdAt: books.createdAt,
  updatedAt: books.updatedAt,
} satisfies Record<keyof Book, unknown>;

function folded({ title, author }: Partial<BookContent>) {
  return {
    ...(title === undefined ? {} : { foldedTitle: foldCase(title) }),
    ...(author === undefined ? {} : { foldedAuthor: foldCase(author) }),
  };
}

function isVersion(id: number, expected: ExpectedVersions): SQL | undefined {
  if (expected === null) return eq(books.id, id);
  const isExpected = 'not' in expected ? notInArray(books.version, [...expected.not]) : inArray(books.version, [...expected]);
  return and(eq(books.id, id), isExpected);
}

function isFound({ q }: Listing): SQL | undefined {
  if (q === '') return undefined;
  const part = `%${foldCase(q).replace(/[\\%_]/g, '\\$&')}%`;
  return or(like(books.foldedTitle, part), like(books.foldedAuthor, part));
}

/** Not `=`, with which the planner would drop the author from the order, and then walk any index that has the rest of it. */
function isOfAuthor({ author }: Listing): SQL | undefined {
  return author === null ? undefined : and(gte(books.author, author), lte(books.author, author));
}

/** The columns that order the listing: those of one index, in which everything after a position is the rest of the listing. */
function orderOf({ sort, author }: Listing): ('author' | 'title' | 'id')[] {
  if (author !== null) return sort === 'title' ? ['author', 'title', 'id'] : ['author', 'id'];
  return sort === 'id' ? ['id'] : [sort, 'id'];
}

/** A row comparison takes Postgres straight to that place in the index. */
function comesAfter(listing: Listing, { id, value }: Position): SQL {
  const place = { id, title: value, author: listing.author ?? value };
  const columns = orderOf(listing).map((name) => books[name]);
  const values = orderOf(listing).map((name) => sql.param(place[name]));
  const isBeyond = listing.descending ? sql`<` : sql`>`;
  return sql`${row(columns)} ${isBeyond} ${row(values)}`;
}

function row(parts: SQLChunk[]): SQL {
  return sql`(${sql.join(parts, sql`, `)})`;
}

/** pg_trgm can only look up text with three letters or digits in a row. */
const HAS_TRIGRAM = /[\p{L}\p{N}]{3}/u;

/**
 * With nothing to look up, the planner tends to walk the index of the order: a random read for each row of the table when matches are rare
 * (4 s for a million). An expression has no index, which leaves a single scan (0.3 s).
 */
function sortKeys(listing: Listing) {
  const { sort, q, author } = listing;
  const isScan = q !== '' && !HAS_TRIGRAM.test(q) && sort !== 'id' && author === null;
  return isScan ? [sql`${books[sort]} || ''`, books.id] : orderOf(listing).map((name) => books[name]);
}
