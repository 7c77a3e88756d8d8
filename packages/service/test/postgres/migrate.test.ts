import { needsReal, startPostgres, until } from '@countersign/testing';
import { PGlite } from '@electric-sql/pglite';
import { type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgres } from 'drizzle-orm/postgres-js/migrator';
import t, { type Test } from 'tap';
import { connectPostgres, type Database, migrateDatabase } from '../../src/index.ts';
import { checkMigrations, type MigratableDatabase } from '../../src/postgres/migrate.ts';
import { openUnlimitedPostgres } from '../../src/postgres/postgres.ts';
import { describeStartFault } from '../../src/run-process.ts';
import { migrationsOf } from './migrations-of.ts';

const FIRST = 'create table books (id int)';
const SECOND = 'create table covers (id int)';

const count = async (db: Database, table: string) =>
  (await db.select({ n: sql<number>`count(*)::int` }).from(sql`${sql.raw(table)}`))[0]?.n;

async function contract(t: Test, target: string | MigratableDatabase, db: Database): Promise<void> {
  const both = migrationsOf(t, 'books', [FIRST, SECOND]);
  await t.rejects(checkMigrations(db, both), { message: /lacks 2 migrations \(0000_books, 0001_books\).*MIGRATE_ON_START/ });
  const books = migrationsOf(t, 'books', [FIRST]);
  await t.rejects(checkMigrations(db, books), { message: /lacks a migration \(0000_books\).*MIGRATE_ON_START/ });
  await migrateDatabase(target, books);
  await migrateDatabase(target, books);
  await checkMigrations(db, books);
  t.equal(await count(db, 'books'), 0);

  const grown = migrationsOf(t, 'books', [FIRST, SECOND]);
  await t.rejects(checkMigrations(db, grown), { message: /lacks a migration \(0001_books\)/ });
  await migrateDatabase(target, grown);
  await checkMigrations(db, grown);
  t.equal(await count(db, 'drizzle.books_migrations'), 2);

  const auth = migrationsOf(t, 'auth', ['create table users (id int)']);
  const dumped = { ...grown, foreignTables: ['covers', 'shelves'] };
  for (const refused of [() => migrateDatabase(target, dumped), () => checkMigrations(db, dumped)])
    await t.rejects(refused, { name: 'StartError', message: /tables of another service \(covers\).*DATABASE_URL/ });
  for (const refused of [() => migrateDatabase(target, auth), () => checkMigrations(db, auth)]) {
    await t.rejects(refused, { name: 'StartError', message: /tables of another service \(books_migrations\).*DATABASE_URL/ });
  }
  t.equal(await count(db, "pg_tables where tablename = 'users'"), 0, 'nothing was made');
}

t.test('migrations run once, the check names what is pending, and another service’s database is refused', async (t) => {
  t.test('on Postgres', async (t) => {
    if (!needsReal(t, 'postgres')) return;
    const { url } = await startPostgres(t);
    const connection = connectPostgres(url);
    t.teardown(() => connection.close());
    await contract(t, url, connection.db);
  });

  t.test('on PGlite', async (t) => {
    const client = new PGlite();
    t.teardown(() => client.close());
    const db = drizzle(client);
    await contract(t, { db, migrate: (config) => migrate(db, config) }, db);
  });
});

t.test('of two services that start at once on one empty database, the second is refused', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const [first, observer] = [openUnlimitedPostgres(url), openUnlimitedPostgres(url)];
  t.teardown(() => Promise.all([first.end(), observer.end()]));
  const isSecondWaiting = async () => (await observer`select from pg_locks where locktype = 'advisory' and not granted`).length > 0;
  const books = migrationsOf(t, 'books', [FIRST]);
  let second: Promise<unknown> = Promise.resolve();
  await migrateDatabase(
    {
      db: drizzlePostgres(first),
      async migrate(config) {
        second = t.rejects(migrateDatabase(url, { ...books, table: 'auth_migrations' }), { message: /of another service/ });
        await until(isSecondWaiting);
        await migratePostgres(drizzlePostgres(first), config);
      },
    },
    books,
  );
  await first.end();
  await second;
});

t.test('ASVS 15.4.3: of many instances that start at once, one migrates and the others wait', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const slow = migrationsOf(t, 'books', [`${FIRST};--> statement-breakpoint\nselect pg_sleep(0.3)`, SECOND]);
  await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(url, slow)));
  const connection = connectPostgres(url);
  t.teardown(() => connection.close());
  t.equal(await count(connection.db, 'drizzle.books_migrations'), 2);
});

t.test('an instance gives up waiting for another one after its limit, and tells of another fault as such', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const [holder, client] = [openUnlimitedPostgres(url), openUnlimitedPostgres(url)];
  t.teardown(() => Promise.all([holder.end(), client.end()]));
  const books = migrationsOf(t, 'books', [FIRST]);
  const slow = { begun: Promise.withResolvers<void>(), end: Promise.withResolvers<void>() };
  const migrating = migrateDatabase(
    {
      db: drizzlePostgres(holder),
      migrate: () => {
        slow.begun.resolve();
        return slow.end.promise;
      },
    },
    books,
  );
  await slow.begun.promise;

  const db = drizzlePostgres(client);
  // Nobody waits a minute in a test.
  const impatient = Object.assign(Object.create(db), {
    execute: (query: SQL) => db.execute(JSON.stringify(query).includes('lock_timeout') ? sql`set lock_timeout = '50ms'` : query),
  });
  const instance = { db: impatient, migrate: async () => {} };
  await t.rejects(migrateDatabase(instance, books), {
    name: 'StartError',
    message: /Another instance/,
    cause: { cause: { code: '55P03' } },
  });

  const waiting = t.rejects(migrateDatabase(url, books), { name: 'StartError', message: /DATABASE_URL cannot be used/ });
  await until(
    async () => (await holder`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted`).length > 0,
  );
  await waiting;
  slow.end.resolve();
  await migrating;
});

t.test('a migration that waits for a table, as behind a backup, holds up nobody else for long', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  await migrateDatabase(url, migrationsOf(t, 'books', [FIRST]));
  const backup = openUnlimitedPostgres(url);
  const connection = connectPostgres(url);
  t.teardown(() => Promise.all([backup.end({ timeout: 1 }), connection.close()]));
  const [locked, saved] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const dump = backup.begin(async (tx) => {
    await tx`lock table books in access share mode`;
    locked.resolve();
    await saved.promise;
  });
  await locked.promise;
  const migrating = migrateDatabase(url, migrationsOf(t, 'books', [FIRST, 'alter table books add column title text']));
  const waiting = sql`pg_locks where not granted and mode = 'AccessExclusiveLock'`;
  await until(async () => (await connection.db.select({ n: sql<number>`1` }).from(waiting)).length > 0);
  t.equal(await count(connection.db, 'books'), 0, 'who comes after it is answered');
  saved.resolve();
  await Promise.all([dump, migrating]);
  t.equal(await count(connection.db, "pg_attribute where attrelid = 'books'::regclass and attname = 'title'"), 1);
});

t.test('a migration gives up when a table stays in use', async (t) => {
  const later = performance.now() + 3_600_000;
  let attempts = 0;
  const migrate = async () => {
    attempts += 1;
    if (attempts === 2) t.intercept(performance, 'now', { value: () => later });
    throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
  };
  const client = new PGlite();
  t.teardown(() => client.close());
  const migrating = migrateDatabase({ db: drizzle(client), migrate }, migrationsOf(t, 'books', [FIRST]));
  await t.rejects(migrating, { name: 'StartError', message: /in use for more than 60 s/, cause: { code: '55P03' } });
  t.equal(attempts, 2);
});

t.test('a migration may take longer than any request may', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  await migrateDatabase(url, migrationsOf(t, 'books', ['select pg_sleep(4)']));
});

t.test('a failed migration leaves nothing behind and is told', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url } = await startPostgres(t);
  const broken = migrationsOf(t, 'books', [FIRST, 'create table (']);
  await t.rejects(migrateDatabase(url, broken), { message: /create table \(/ });
  await migrateDatabase(url, migrationsOf(t, 'books', [FIRST, SECOND]));
});

t.test('a database that is not there is a sentence for the operator', async (t) => {
  const unreachable = migrateDatabase('postgres://postgres@127.0.0.1:1/none', migrationsOf(t, 'books', [FIRST]));
  await t.rejects(unreachable, { name: 'StartError', message: /DATABASE_URL/, cause: { code: 'ECONNREFUSED' } });
});

t.test('a user without rights is told what was denied, and to own the database, which helps', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { url, port } = await startPostgres(t);
  const administrator = openUnlimitedPostgres(url);
  t.teardown(() => administrator.end());
  await administrator.unsafe('create role books login; create role stranger login');
  for (const name of ['books', 'empty', 'shut']) await administrator.unsafe(`create database ${name} owner books`);
  await administrator.unsafe('revoke all on database shut from public');
  // As Postgres does from 15 on.
  await administrator.unsafe('grant create on database postgres to stranger; revoke create on schema public from public');
  const books = migrationsOf(t, 'books', [FIRST]);
  const as = (user: string, database: string) => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await migrateDatabase(as('books', 'books'), books);

  const stranger = connectPostgres(as('stranger', 'books'));
  t.teardown(() => stranger.close());
  const refusals = {
    'database empty': () => migrateDatabase(as('stranger', 'empty'), books),
    'database "shut"': () => migrateDatabase(as('stranger', 'shut'), books),
    'schema public': () => migrateDatabase(as('stranger', 'postgres'), books),
    'schema drizzle': () => checkMigrations(stranger.db, books),
  };
  for (const [denied, start] of Object.entries(refusals)) {
    const fault: unknown = await start().catch((error: unknown) => error);
    t.match(fault, { name: 'StartError', message: /DATABASE_URL.*ALTER DATABASE/, cause: { code: '42501' } }, denied);
    t.match(describeStartFault(fault), new RegExp(`^The .* \\(permission denied for ${denied}\\)$`));
  }
  await administrator.unsafe('alter database empty owner to stranger');
  await t.resolves(migrateDatabase(as('stranger', 'empty'), books));
});

t.test('a database that is paused when a service starts is one that cannot be used', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  server.pause();
  const paused = migrateDatabase(server.url, migrationsOf(t, 'books', [FIRST]));
  await t.rejects(paused, { name: 'StartError', message: /DATABASE_URL/, cause: { code: 'CONNECT_TIMEOUT' } });
});
