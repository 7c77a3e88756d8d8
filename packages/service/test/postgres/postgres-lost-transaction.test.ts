import { needsReal, startPostgres, startTcpProxy, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres, type Database, type PostgresConnection } from '../../src/index.ts';
import { isUnavailable } from '../../src/unavailable.ts';

async function connect(t: Test): Promise<{ connection: PostgresConnection; endBackends: () => Promise<void> }> {
  const { url } = await startPostgres(t);
  const connection = connectPostgres(url, { max: 1 });
  const admin = connectPostgres(url, { max: 1 });
  t.teardown(() => Promise.all([connection.close(), admin.close()]));
  return {
    connection,
    async endBackends() {
      const others = sql`pid <> pg_backend_pid() and backend_type = 'client backend'`;
      await admin.db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
      await until(async () => {
        const gone = await admin.db.select({ left: sql<number>`count(*)::int` }).from(sql`pg_stat_activity`).where(others);
        return gone[0]?.left === 0;
      });
      // The server is done with the connection; the close has to reach this process, too.
      await turns();
    },
  };
}

const turns = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

t.test('a transaction whose connection is lost between two statements fails as unavailable, and the process goes on', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { connection, endBackends } = await connect(t);
  for (let round = 0; round < 3; round += 1) {
    const lost = connection.db.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      await endBackends();
      await tx.execute(sql`select 2`);
    });
    await t.resolveMatch(lost.catch(isUnavailable), true);
    await until(() => connection.db.execute(sql`select 1`));
  }
});

t.test('a rollback of our own on a connection that is lost meanwhile changes nothing about that', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { connection, endBackends } = await connect(t);
  const lost = connection.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await endBackends();
    throw new Error('given up');
  });
  await t.resolveMatch(lost.catch(isUnavailable), true);
  await until(() => connection.db.execute(sql`select 1`));
  t.pass('the pool, of one connection, works again');
});

const insert = (name: string) => sql`insert into marks values (${name})`;

/** What a transaction may do that was waiting for something else, such as Redis, while its connection was lost. */
const GOES_ON: Readonly<Record<string, (tx: Database) => Promise<unknown>>> = {
  'another statement': (tx) => tx.execute(insert('of the lost one')),
  'a savepoint': (tx) => tx.transaction((inner) => inner.execute(insert('of the lost one'))),
  'its commit': async () => {},
  'its rollback': () => Promise.reject(new Error('given up')),
};

for (const [what, goOn] of Object.entries(GOES_ON)) {
  t.test(`a transaction whose connection was lost does not go on inside that of another caller: ${what}`, async (t) => {
    if (!needsReal(t, 'postgres')) return;
    const { connection, endBackends } = await connect(t);
    await connection.db.execute(sql`create table marks (name text)`);
    const begun = Promise.withResolvers<void>();
    const redis = Promise.withResolvers<void>();
    const lost = connection.db.transaction(async (tx) => {
      await tx.execute(insert('of the lost one'));
      begun.resolve();
      await redis.promise;
      await goOn(tx);
    });
    await begun.promise;
    await Promise.all([t.resolveMatch(lost.catch(isUnavailable), true), endBackends()]);
    await connection.db.transaction(async (tx) => {
      await tx.execute(insert('first'));
      redis.resolve();
      await turns();
      await tx.execute(insert('second'));
    });
    const stored = await connection.db
      .select({ names: sql`array_agg(name order by name)`, transactions: sql`count(distinct xmin::text)::int` })
      .from(sql`marks`);
    t.strictSame(stored, [{ names: ['first', 'second'], transactions: 1 }]);
  });
}

t.test('what waits in a transaction whose connection breaks fails at once, and leaves nothing to the next one', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const server = await startPostgres(t);
  const proxy = await startTcpProxy(t, server.port);
  const connection = connectPostgres(server.url.replace(`:${server.port}/`, `:${proxy.port}/`), { max: 1 });
  const admin = connectPostgres(server.url, { max: 1 });
  t.teardown(() => Promise.all([connection.close(), admin.close()]));
  for (const waiting of [0, 1, 2]) {
    // Its server goes on to sleep after the connection is gone, and is not to be taken for the one of the next round.
    const slow = `select pg_sleep(10 + ${waiting})`;
    const statements = [slow, ...Array.from({ length: waiting }, () => 'select 1')];
    let all: Promise<PromiseSettledResult<unknown>[]> | undefined;
    const lost = connection.db.transaction((tx) => {
      const running = statements.map((statement) => tx.execute(sql.raw(statement)).then(() => {}));
      all = Promise.allSettled(running);
      return Promise.all(running);
    });
    const sleeping = () =>
      admin.db.select({ pid: sql`pid` }).from(sql`pg_stat_activity`).where(sql`wait_event = 'PgSleep' and query = ${slow}`);
    await until(async () => (await sleeping()).length > 0);
    proxy.reset();
    await t.resolveMatch(lost.catch(isUnavailable), true);
    for (const result of (await all) ?? [])
      t.match(result, { status: 'rejected', reason: { cause: { code: /^(ECONNRESET|CONNECTION_CLOSED)$/ } } });
    const next = connection.db.transaction(async (tx) => [await tx.execute(sql`select 1 as n`), await tx.execute(sql`select 2 as n`)]);
    t.match(await next, [[{ n: 1 }], [{ n: 2 }]]);
  }
});
