import { createServer as createTcpServer } from 'node:net';
import { needsReal, startPostgres, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres, type PostgresConnection } from '../../src/index.ts';
import type { PostgresOptions } from '../../src/postgres/postgres.ts';
import { isUnavailable } from '../../src/unavailable.ts';

const SLOW_MS = 4500;

function connectFor(t: Test, url: string, options?: PostgresOptions): PostgresConnection {
  const connection = connectPostgres(url, options);
  t.teardown(() => connection.close());
  return connection;
}

const sum = async ({ db }: PostgresConnection, n: number) => {
  const [row] = await db.select({ n: sql<number>`${n}::int + 1` }).from(sql`(select 1) as one`);
  return row?.n;
};

/** Nothing settles late: each call settles within the limit, with an error that becomes 503. */
async function allUnavailable(t: Test, calls: readonly Promise<unknown>[]): Promise<void> {
  const began = performance.now();
  const results = await Promise.allSettled(calls);
  const tookMs = performance.now() - began;
  t.ok(tookMs < SLOW_MS, `${calls.length} calls settled after ${Math.round(tookMs)} ms`);
  for (const result of results)
    t.ok(result.status === 'rejected' && isUnavailable(result.reason), String(result.status === 'rejected' && result.reason));
}

const worksAgain = (connection: PostgresConnection) => until(async () => (await sum(connection, 1)) === 2, { timeoutMs: 10_000 });

t.test('statements, transactions, savepoints, rollbacks and arrays work', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const connection = connectFor(t, url, { max: 2 });
  t.equal(await sum(connection, 1), 2);
  t.strictSame(
    await Promise.all(Array.from({ length: 40 }, (_, n) => sum(connection, n))),
    Array.from({ length: 40 }, (_, n) => n + 1),
  );
  await connection.db.execute(sql`create table marks (name text, tags text[])`);
  await connection.db.transaction(async (tx) => {
    await tx.execute(sql`insert into marks values ('kept', ${sql.param(['a', 'b,"c'])}::text[])`);
    await tx.transaction(async (inner) => inner.execute(sql`insert into marks values ('savepoint', '{}')`));
  });
  await t.rejects(
    connection.db.transaction(async (tx) => {
      await tx.execute(sql`insert into marks values ('lost', '{}')`);
      throw new Error('changed my mind');
    }),
    { message: 'changed my mind' },
  );
  const rows = await connection.db.select({ name: sql`name`, tags: sql`tags` }).from(sql`marks`).orderBy(sql`name`);
  t.strictSame(rows, [
    { name: 'kept', tags: ['a', 'b,"c'] },
    { name: 'savepoint', tags: [] },
  ]);
  t.equal(await sum(connection, 2), 3, 'the connections are free again');
});

t.test('a statement costs no more after many others: what the pool keeps and searches does not grow with them', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const connection = connectFor(t, url, { max: 3 });
  await Promise.all([1, 2, 3].map((n) => sum(connection, n)));
  for (let n = 0; n < 200; n += 1) await sum(connection, n); // never all three connections at the same time
  const lists: { readonly length: number; indexOf(item: unknown): number } = Array.prototype;
  const searches = t.capture(lists, 'indexOf', lists.indexOf);
  t.equal(await sum(connection, 1), 2);
  const lengths = searches().map(({ receiver }) => (receiver as typeof lists).length);
  t.ok(lengths.length > 0, 'the pool looks for its connections');
  t.ok(Math.max(...lengths) < 20, `the longest list that was searched had ${Math.max(...lengths)} elements`);
});

t.test('no acknowledged write is lost when a connection ends for its age, and a transaction is sent to another one', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const others = connectFor(t, url, { max: 1 });
  await others.db.execute(sql`create table marks (id serial)`);
  await others.db.execute(sql`select pg_advisory_lock(1), pg_advisory_lock(2)`);
  const timers = t.capture(globalThis, 'setTimeout', globalThis.setTimeout);
  const connection = connectFor(t, url, { max: 2 });
  const mark = (db: Pick<PostgresConnection['db'], 'execute'>) => db.execute(sql`insert into marks default values`);
  const waiting = (count: number) => async () =>
    (await others.db.select({ pid: sql`pid` }).from(sql`pg_locks`).where(sql`locktype = 'advisory' and not granted`)).length === count;

  const first = connection.db.execute(sql`select pg_advisory_lock(1)`).then(() => 'done');
  await until(waiting(1));
  // postgres.js ends a connection after half an hour to an hour. No other timer is as long.
  const life = timers().find(({ args: [, ms] }) => Number(ms) >= 1_800_000);
  if (life === undefined || !('returned' in life)) throw new Error('nothing ends a connection for its age');
  clearTimeout(life.returned);
  const [end, , ...endArgs] = life.args;
  end(...endArgs);
  await mark(connection.db); // on another one
  const second = connection.db.execute(sql`select pg_advisory_lock(2)`).then(() => 'done');
  await until(waiting(2));
  const transaction = connection.db.transaction((tx) => mark(tx));
  await others.db.execute(sql`select pg_advisory_unlock(1)`);
  t.equal(await first, 'done');
  await others.db.execute(sql`select pg_advisory_unlock(2)`);
  t.equal(await second, 'done');
  await t.resolves(transaction);
  for (let n = 0; n < 4; n += 1) await mark(connection.db);
  const [row] = await others.db.select({ count: sql<number>`count(*)::int` }).from(sql`marks`);
  t.equal(row?.count, 6);
});

t.test('a database that is down refuses at once, and is used again when it is back', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const connection = connectFor(t, server.url, { max: 3 });
  await Promise.all([1, 2, 3].map((n) => sum(connection, n)));
  await server.kill();
  for (let round = 0; round < 3; round += 1)
    await allUnavailable(
      t,
      Array.from({ length: 10 }, (_, n) => sum(connection, n)),
    );
  await server.restart();
  await worksAgain(connection);
  t.strictSame(await Promise.all([1, 2, 3, 4].map((n) => sum(connection, n))), [2, 3, 4, 5]);
});

/** A database of its own on a server of its own, which stops and starts to accept connections. */
async function closableDatabase(t: Test) {
  const server = await startPostgres(t);
  const { db } = connectFor(t, server.url, { max: 1 });
  await db.execute(sql`create database closable`);
  const running = sql`datname = 'closable' and state = 'active'`;
  return {
    url: server.url.replace(/postgres$/, 'closable'),
    close: () => db.execute(sql`alter database closable allow_connections false`),
    open: () => db.execute(sql`alter database closable allow_connections true`),
    countRunning: async () => (await db.select({ pid: sql`pid` }).from(sql`pg_stat_activity`).where(running)).length,
    cutOff: () => db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where ${running}`),
  };
}

t.test('a database that accepts no connections, as while it is restored, is one that is down', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const database = await closableDatabase(t);
  const connection = connectFor(t, database.url);
  await database.close();
  await allUnavailable(t, [sum(connection, 1), connection.db.transaction((tx) => tx.execute(sql`select 1`))]);
  await database.open();
  t.equal(await sum(connection, 1), 2);
});

t.test('a connection that is refused after another was cut off tells so at once', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const database = await closableDatabase(t);
  const connection = connectFor(t, database.url, { max: 3 });
  const running = allUnavailable(
    t,
    [1, 2, 3].map(() => connection.db.execute(sql`select pg_sleep(10)`)),
  );
  await until(async () => (await database.countRunning()) === 3);
  await database.close();
  await database.cutOff();
  await running;
  for (let round = 0; round < 2; round += 1) {
    const calls = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => sum(connection, n)));
    for (const call of calls) t.match(call, { status: 'rejected', reason: { cause: { code: '55000' } } });
  }
  await database.open();
  t.equal(await sum(connection, 1), 2);
});

t.test('ASVS 13.2.6, 15.4.4: a paused database is given up in time by all that wait, and is used again when it goes on', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const connection = connectFor(t, server.url, { max: 3 });
  await Promise.all([1, 2, 3].map((n) => sum(connection, n)));
  let began = () => {};
  const inTransaction = new Promise<void>((resolve) => (began = resolve));
  let goOn = () => {};
  const paused = new Promise<void>((resolve) => (goOn = resolve));
  const transaction = connection.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    began();
    await paused;
    return tx.execute(sql`select 2`);
  });
  await inTransaction;
  server.pause();
  goOn();
  await allUnavailable(t, [
    transaction,
    connection.db.transaction((tx) => tx.execute(sql`select 1`)),
    ...Array.from({ length: 20 }, (_, n) => sum(connection, n)),
  ]);
  await allUnavailable(
    t,
    Array.from({ length: 20 }, (_, n) => sum(connection, n)),
  );
  server.resume();
  await worksAgain(connection);
  t.strictSame(await Promise.all([1, 2, 3, 4].map((n) => sum(connection, n))), [2, 3, 4, 5]);
});

t.test('a commit that the paused database does not answer is given up too', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const connection = connectFor(t, server.url, { max: 1 });
  await sum(connection, 1);
  await allUnavailable(t, [
    connection.db.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      server.pause();
    }),
  ]);
  server.resume();
  await worksAgain(connection);
});

t.test('a statement that takes too long is ended by the server, and its connection goes on', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const connection = connectFor(t, url, { max: 1 });
  await allUnavailable(t, [connection.db.execute(sql`select pg_sleep(30)`)]);
  t.equal(await sum(connection, 1), 2);
});

t.test('ASVS 13.2.6: more callers than may wait are refused at once', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const connection = connectFor(t, url, { max: 1, maxWaiting: 2 });
  // drizzle sends a statement when it is awaited.
  const slow = connection.db.execute(sql`select pg_sleep(0.5)`).then(() => 'done');
  const waiting = [sum(connection, 1), sum(connection, 2)];
  const began = performance.now();
  await t.rejects(sum(connection, 3), { cause: { name: 'DatabaseUnavailable' } });
  t.ok(performance.now() - began < 400);
  await slow;
  t.strictSame(await Promise.all(waiting), [2, 3]);
});

t.test('a proxy whose database is gone, which accepts and closes, is an error and not an endless attempt', async (t) => {
  let accepted = 0;
  const proxy = createTcpServer((socket) => {
    accepted += 1;
    socket.end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => proxy.close());
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const connection = connectFor(t, `postgres://u@127.0.0.1:${port}/d`, { max: 2 });
  await allUnavailable(t, [sum(connection, 1)]);
  t.ok(accepted <= 2, `${accepted} attempts`);
});
