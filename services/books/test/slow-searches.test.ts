import { connectPostgres } from '@countersign/service';
import { needsReal, testDatabase, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { migrations } from '../src/migrations.ts';
import { startBooksApp } from './books-app.ts';

t.test('however many slow searches run, books are read and listed, and a search that gets no turn in time is told so', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db, url } = await testDatabase(t, { migrations });
  const limited = connectPostgres(url ?? '');
  t.teardown(() => limited.close());
  const { get, post } = await startBooksApp(t, {}, limited.db);
  await post('/books', { payload: { title: 'Eden', author: 'Lem' } });
  // The table becomes a view, in which only what searches read is slow: it waits while the test holds a lock.
  await db.execute(sql`
    create function slowly(text) returns text stable language plpgsql
    as $$ begin perform pg_advisory_xact_lock_shared(1); return $1; end $$`);
  await db.execute(sql`alter table books rename to shelf`);
  await db.execute(sql`
    create view books as select id, title, author, version, created_at, updated_at, folded_author, slowly(folded_title) as folded_title
    from shelf`);
  const search = () => get('/books?q=eden');
  const areRunning = async () => {
    const waiting = sql`pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    const [row] = await db.select({ n: sql<number>`count(*)::int` }).from(waiting);
    return row !== undefined && row.n > 0;
  };

  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(1)`);
    const searches = Promise.all(Array.from({ length: 40 }, search));
    await until(areRunning);
    const paths = ['/books/1', '/books', '/books?author=Lem', '/readyz'];
    const answers = await Promise.all(paths.map((path) => get(path)));
    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      paths.map(() => 200),
    );
    t.ok(await areRunning(), 'all that while');
    for (const answer of await searches) {
      t.match(answer.json(), { status: 503, code: 'unavailable' });
      t.match(answer.headers['retry-after'], /^\d+$/);
    }
  });
  t.equal((await search()).statusCode, 200);
});
