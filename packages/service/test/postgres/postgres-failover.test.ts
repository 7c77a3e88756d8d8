import {
  needsReal,
  type StartedPostgres,
  startPostgres,
  startReplicatedPostgres,
  startTcpProxy,
  testRedis,
  until,
} from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres, type PostgresConnection } from '../../src/index.ts';
import { openConnections } from '../../src/open-connections.ts';
import { parseRedisUrl } from '../../src/redis/redis-url.ts';
import { isUnavailable } from '../../src/unavailable.ts';
import { migrationsOf } from './migrations-of.ts';

const SLOW_MS = 4500;
const STANDBY = 'The database server is a standby, which accepts no writes.';
const LONG = { timeoutMs: 15_000, everyMs: 20 };

function connectFor(t: Test, url: string, max = 3): PostgresConnection {
  const connection = connectPostgres(url, { max });
  t.teardown(() => connection.close());
  return connection;
}

const urlOf = (...servers: readonly { readonly port: number }[]) =>
  `postgres://postgres@${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`;

const read = ({ db }: PostgresConnection) => db.execute(sql`select 1 from marks`);
const write = ({ db }: PostgresConnection) =>
  db.transaction((tx) => tx.execute(sql`insert into marks values (current_setting('port')::int)`));

/** Where the last mark was written. */
async function lastPort(connection: PostgresConnection): Promise<number | undefined> {
  const [row] = await connection.db.select({ port: sql<number>`port` }).from(sql`marks`).orderBy(sql`n desc`).limit(1);
  return row?.port;
}

/** A primary and a standby that both have a table, with a connection that is in use. */
async function startMarked(t: Test) {
  const servers = await startReplicatedPostgres(t);
  const { db } = connectFor(t, servers.primary.url, 1);
  await db.execute(sql`create table marks (port int, n serial)`);
  await servers.caughtUp();
  return servers;
}

/** As many at once as there are connections, and more. */
async function settle(t: Test, connection: PostgresConnection): Promise<void> {
  const began = performance.now();
  const calls = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? read : write)(connection));
  for (const call of await Promise.allSettled(calls))
    t.ok(call.status === 'fulfilled' || isUnavailable(call.reason), String(call.status === 'rejected' && call.reason));
  t.ok(performance.now() - began < SLOW_MS);
}

async function writesTo(t: Test, connection: PostgresConnection, server: StartedPostgres): Promise<void> {
  await until(() => write(connection), LONG);
  t.equal(await lastPort(connection), server.port);
  t.ok((await Promise.allSettled(Array.from({ length: 8 }, () => write(connection)))).every(({ status }) => status === 'fulfilled'));
}

/** With connections that write to the primary: by one address, whose proxy can be moved, and by two. */
async function startAddressed(t: Test) {
  const servers = await startMarked(t);
  const { primary, standby } = servers;
  const proxy = await startTcpProxy(t, primary.port);
  const connections = [connectFor(t, urlOf(proxy)), connectFor(t, urlOf(primary, standby))];
  for (const connection of connections) await writesTo(t, connection, primary);
  return { ...servers, proxy, connections };
}

t.test('a standby is refused in words and never read, and a primary beside it is used, wherever it stands in the list', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { primary, standby } = await startMarked(t);
  const refused = connectFor(t, standby.url);
  for (const use of [read, write, read]) t.equal(await innermostFault(use(refused)), STANDBY);
  for (const url of [urlOf(primary, standby), urlOf(standby, primary), urlOf({ port: 1 }, standby, primary)])
    await writesTo(t, connectFor(t, url), primary);
});

t.test('when the primary is killed and its standby promoted, the next address is used', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { primary, standby, promote } = await startMarked(t);
  const connection = connectFor(t, urlOf(primary, standby));
  await writesTo(t, connection, primary);
  await primary.kill();
  await settle(t, connection);
  await promote();
  await writesTo(t, connection, standby);
});

t.test(
  'when the primary is paused and its standby promoted, the next address is used, and the former primary is not gone back to',
  async (t) => {
    if (!needsReal(t, 'faults')) return;
    const { primary, standby, promote } = await startMarked(t);
    const connection = connectFor(t, urlOf(primary, standby));
    await writesTo(t, connection, primary);
    primary.pause();
    await settle(t, connection);
    await promote();
    await writesTo(t, connection, standby);
    primary.resume();
    await writesTo(t, connection, standby);
  },
);

t.test('a primary that comes back as a standby is not used, by one address or two, until what they lead to takes writes', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { standby, promote, demote, proxy, connections } = await startAddressed(t);
  await demote();
  for (const connection of connections) {
    await settle(t, connection);
    await until(async () => (await innermostFault(read(connection))) === STANDBY);
  }
  await promote();
  // What is open stays where it is: a connection to the former primary would never be left.
  proxy.moveTo(standby.port);
  for (const connection of connections) await writesTo(t, connection, standby);
});

t.test('a primary that was made read-only is left for the one that its address leads to by now', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { primary, standby, promote, caughtUp, proxy, connections } = await startAddressed(t);
  await makeReadOnly(t, primary);
  for (const connection of connections)
    await t.rejects(
      until(() => write(connection).then(() => false)),
      { cause: { cause: { code: '25006' } } },
    );
  await caughtUp();
  await promote();
  proxy.moveTo(standby.port);
  for (const connection of connections) await writesTo(t, connection, standby);
});

t.test('where there is no other, a server that was made read-only can still be read', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const connection = connectFor(t, server.url);
  await connection.db.execute(sql`create table marks (port int, n serial)`);
  await makeReadOnly(t, server);
  await t.rejects(
    until(() => write(connection).then(() => false)),
    { cause: { cause: { code: '25006' } } },
  );
  t.ok(await until(() => read(connection), LONG));

  const fresh = connectFor(t, server.url);
  const reading = fresh.db.execute(sql`select pg_sleep(0.5)`).then(() => 'was read');
  await t.rejects(write(fresh), { cause: { code: '25006' } });
  t.equal(await reading, 'was read', 'a refused write cuts nothing off that has only begun');
});

t.test('a start while only a standby can be reached ends with a sentence, and beside its primary it succeeds', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { primary, standby } = await startMarked(t);
  const redisUrl = parseRedisUrl((await testRedis(t)).url);
  const books = () => migrationsOf(t, 'books', ['create table books (id int)']);
  for (const migrateOnStart of [true, false]) {
    await t.rejects(openConnections({ databaseUrl: standby.url, redisUrl, migrateOnStart }, books()), {
      name: 'StartError',
      message: 'The database of DATABASE_URL cannot be used.',
      cause: { message: STANDBY },
    });
  }
  const { db, close } = await openConnections({ databaseUrl: urlOf(standby, primary), redisUrl, migrateOnStart: true }, books());
  t.teardown(close);
  await t.resolves(db.execute(sql`select * from books`));
});

/** What the driver said: drizzle wraps it, but not in a transaction that could not begin. */
async function innermostFault(call: Promise<unknown>): Promise<string> {
  const error = (await call.then(
    () => new Error('it was done'),
    (fault: unknown) => fault,
  )) as Error;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** As an administrator does before a switchover: open sessions have it from their next statement on. */
async function makeReadOnly(t: Test, server: StartedPostgres): Promise<void> {
  const administrator = connectPostgres(server.url, { max: 1 });
  t.teardown(() => administrator.close());
  await administrator.db.execute(sql`alter system set default_transaction_read_only = on`);
  await administrator.db.execute(sql`select pg_reload_conf()`);
}
