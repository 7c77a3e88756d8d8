import { isDeepStrictEqual } from 'node:util';
import { freePort, needsReal, startPostgres, testRedis, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres } from '../src/index.ts';
import { openConnections } from '../src/open-connections.ts';
import { parseRedisUrl } from '../src/redis/redis-url.ts';
import { migrationsOf } from './postgres/migrations-of.ts';

async function serversOf(t: Test) {
  const { url: databaseUrl } = await startPostgres(t);
  const redis = await testRedis(t);
  const administrator = connectPostgres(databaseUrl, { max: 1 });
  t.teardown(() => administrator.close());
  return {
    settings: { databaseUrl, redisUrl: parseRedisUrl(redis.url) },
    /** Connections other than the test's own observers. */
    count: async () => {
      const [row] = await administrator.db
        .select({ n: sql<number>`count(*)::int` })
        .from(sql`pg_stat_activity`)
        .where(sql`backend_type = 'client backend' and pid <> pg_backend_pid()`);
      const clients = String(await redis.redis.client('LIST'));
      return { postgres: row?.n, redis: clients.trim().split('\n').length - 1 };
    },
  };
}

t.test('the tables are brought up to date, or by MIGRATE_ON_START=false only looked at', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { settings } = await serversOf(t);
  const migrations = migrationsOf(t, 'books', ['create table books (id int)']);
  await t.rejects(openConnections({ ...settings, migrateOnStart: false }, migrations), { name: 'StartError', message: /0000_books/ });
  for (const migrateOnStart of [true, false]) {
    const { db, redis, close } = await openConnections({ ...settings, migrateOnStart }, migrations);
    t.teardown(close);
    await t.resolves(db.execute(sql`select * from books`));
    t.equal(await redis.ping(), 'PONG');
  }
});

t.test('a database that cannot be reached ends the start with a sentence, whoever brings its tables up to date', async (t) => {
  const { url } = await testRedis(t);
  const settings = { databaseUrl: `postgres://nobody@127.0.0.1:${await freePort()}/none`, redisUrl: parseRedisUrl(url) };
  for (const migrateOnStart of [true, false]) {
    const opening = openConnections({ ...settings, migrateOnStart }, migrationsOf(t, 'books', []));
    await t.rejects(opening, { name: 'StartError', message: /DATABASE_URL cannot be used/ });
  }
});

t.test('nothing stays open after a close, nor after a refused start', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { settings, count } = await serversOf(t);
  const books = migrationsOf(t, 'books', ['create table books (id int)']);
  const { db, close } = await openConnections({ ...settings, migrateOnStart: true }, books);
  await db.execute(sql`select 1`);
  t.strictSame(await count(), { postgres: 1, redis: 1 });
  await close();
  await until(async () => isDeepStrictEqual(await count(), { postgres: 0, redis: 0 }));
  await t.rejects(openConnections({ ...settings, migrateOnStart: false }, migrationsOf(t, 'auth', [])), { name: 'StartError' });
  await until(async () => isDeepStrictEqual(await count(), { postgres: 0, redis: 0 }));
});
