import type { Database } from '@countersign/service';
import { testDatabase } from '@countersign/testing';
import { eq, type SQLWrapper, sql } from 'drizzle-orm';
import t from 'tap';
import type { Listing } from '../../src/domain/book.ts';
import { migrations } from '../../src/migrations.ts';
import { createPostgresBooks, selectPage } from '../../src/stores/books.postgres.ts';
import { books as table } from '../../src/stores/schema.ts';

const { db } = await testDatabase(t, { migrations });
const books = createPostgresBooks(db);

t.test('a book that was added is found as it was sent', async (t) => {
  const added = await books.add({ title: '  Ünïcode \u0001 💥 \uFFFF', author: "O'Hara; --" });
  t.match(added, { title: '  Ünïcode \u0001 💥 \uFFFF', author: "O'Hara; --", version: 1 });
  t.strictSame(await books.find(added.id), added);
  t.equal(await books.find(added.id + 1000), null);
});

t.test('ASVS 2.3.4: of 20 changes that expect one version exactly one is made', async (t) => {
  const { id, version } = await books.add({ title: 'Contended', author: 'Nobody' });
  const attempts = Array.from({ length: 20 }, (_, index) => books.change(id, { title: `Attempt ${index}` }, [version]));
  const made = (await Promise.all(attempts)).filter((book) => book !== null);
  t.equal(made.length, 1);
  t.strictSame(await books.find(id), made[0]);
  t.equal(made[0]?.version, version + 1);
});

t.test('a change moves the time of the change and not that of the creation; one that is refused moves neither', async (t) => {
  const { id, version } = await books.add({ title: 'Fiasco', author: 'Lem' });
  const before = new Date('2020-01-01T00:00:00Z');
  await db.update(table).set({ createdAt: before, updatedAt: before }).where(eq(table.id, id));
  t.equal(await books.change(id, { title: 'Eden' }, [version + 1]), null);
  t.match(await books.find(id), { title: 'Fiasco', createdAt: before, updatedAt: before });
  const changed = await books.change(id, { title: 'Eden' }, [version]);
  t.match(changed, { title: 'Eden', createdAt: before, version: version + 1 });
  t.ok(changed !== null && changed.updatedAt > before);
});

t.test('the last page of every listing reads no more rows than the first', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  // Few authors with books everywhere, so that the planner is tempted to walk an index of all.
  await db.execute(sql`
    insert into books (title, author, folded_title, folded_author)
    select title, author, upper(title), upper(author)
    from (select md5(n::text) as title, 'Author ' || n % 5 as author from generate_series(0, 19999) as n) as made`);
  await db.execute(sql`analyze books`);

  for (const sort of ['id', 'title', 'author'] as const)
    for (const descending of [false, true])
      for (const author of [null, 'Author 2']) {
        const listing: Listing = { sort, descending, q: '', author };
        const [last] = await selectPage(db, listing, null, 1).offset((author === null ? 20_000 : 4000) - 10);
        if (last === undefined) throw new Error('the listing is too short');
        const position = { id: last.id, value: sort === 'id' ? null : last[sort] };
        t.equal(await rowsRead(db, selectPage(db, listing, null, 21)), 21, `first page of ${JSON.stringify(listing)}`);
        t.equal(await rowsRead(db, selectPage(db, listing, position, 21)), 9, `last page of ${JSON.stringify(listing)}`);
      }
});

t.test('a search is answered from the trigram index', async (t) => {
  const listing: Listing = { sort: 'title', descending: false, q: 'abcdef', author: null };
  await db.execute(sql`
    insert into books (title, author, folded_title, folded_author)
    select title, 'Anyone', upper(title), 'ANYONE' from (select md5(n::text) as title from generate_series(1, 20000) as n) as made`);
  // GIN keeps new entries in a list that VACUUM merges into the index.
  await db.execute(sql`vacuum analyze books`);
  t.match(await explain(db, selectPage(db, listing, null, 21)), /books_search/);
});

t.test('a search that has no trigram never walks the index of the order, however much the planner would like to; others may', async (t) => {
  const plan = (q: string) =>
    db.transaction(async (tx) => {
      for (const other of ['seqscan', 'bitmapscan']) await tx.execute(sql.raw(`set local enable_${other} = off`));
      return await explain(tx, selectPage(tx, { sort: 'title', descending: false, q, author: null }, null, 21));
    });
  for (const q of ['#!', '#!?', 'ab']) t.notMatch(await plan(q), /books_title/, q);
  for (const q of ['', 'abc']) t.match(await plan(q), /books_title/, q);
});

/** The plan as text. The drivers differ in how they return rows. */
async function explain(db: Database, query: SQLWrapper): Promise<string> {
  const result: unknown = await db.execute(sql`explain (analyze, timing off, costs off) ${query}`);
  return JSON.stringify(Array.isArray(result) ? result : (result as { rows: unknown }).rows, null, 1);
}

/** Of all steps of the plan, the most rows that one read from the table or skipped. */
async function rowsRead(db: Database, query: SQLWrapper): Promise<number> {
  const plan = await explain(db, query);
  const counts = plan.matchAll(/(?:actual rows=|Rows Removed by Filter: )(\d+)/g);
  return Math.max(...Array.from(counts, ([, count]) => Number(count)));
}
